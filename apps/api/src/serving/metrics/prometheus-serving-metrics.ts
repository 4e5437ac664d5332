import { type ModelName, ServingMetrics } from './serving-metrics';
import { Metrics } from '../../platform/observability/metrics';

export class PrometheusServingMetrics extends ServingMetrics {
  constructor(private readonly metrics: Metrics) {
    super();
  }

  batch({ executor, pictures, computeMs, ...model }: Parameters<ServingMetrics['batch']>[0]): void {
    const labels = { ...labelsOf(model), executor };
    this.metrics.batches.observe(labels, pictures);
    this.metrics.computing.observe(labels, computeMs / 1000);
  }

  decoded(model: ModelName, ms: number): void {
    this.metrics.decoding.observe(labelsOf(model), ms / 1000);
  }

  queued(model: ModelName, ms: number): void {
    this.metrics.queueing.observe(labelsOf(model), ms / 1000);
  }

  answered(
    model: ModelName,
    { pictures, outcome, ms }: Parameters<ServingMetrics['answered']>[1],
  ): void {
    const labels = { ...labelsOf(model), outcome };
    this.metrics.predictions.observe(labels, ms / 1000);
    this.metrics.pictures.inc(labels, pictures);
  }
}

/** Records carry much more than their names. */
function labelsOf({ model, version }: ModelName) {
  return { model, version };
}

import { Counter } from 'prom-client';
import { Metrics } from '../../platform/observability/metrics';
import { type ModelName, ServingMetrics } from './serving-metrics';

const batchSizes = [1, 2, 4, 8, 16, 32, 64, 128, 256];

const versionLabels = ['model', 'version'] as const;

function register(metrics: Metrics) {
  return {
    predictions: metrics.histogram(
      'coatrack_prediction_duration_seconds',
      'Requests for predictions by outcome: ok, or the code of the error',
      [...versionLabels, 'outcome'],
    ),
    images: new Counter({
      name: 'coatrack_prediction_images_total',
      help: 'Images in requests for predictions by outcome',
      labelNames: [...versionLabels, 'outcome'],
      registers: [metrics.registry],
    }),
    decoding: metrics.histogram(
      'coatrack_decode_duration_seconds',
      'From the bytes of an image to numbers',
      versionLabels,
    ),
    queueing: metrics.histogram(
      'coatrack_queue_duration_seconds',
      'How long images waited for the engine',
      versionLabels,
    ),
    computing: metrics.histogram('coatrack_compute_duration_seconds', 'A batch in the engine', [
      ...versionLabels,
      'executor',
    ]),
    batches: metrics.histogram(
      'coatrack_batch_images',
      'Images in a batch',
      [...versionLabels, 'executor'],
      batchSizes,
    ),
  };
}

/** Predictions in the figures for Prometheus. */
export class PrometheusServingMetrics extends ServingMetrics {
  private readonly figures: ReturnType<typeof register>;

  constructor(metrics: Metrics) {
    super();
    this.figures = register(metrics);
  }

  batch({ executor, images, computeMs, ...model }: Parameters<ServingMetrics['batch']>[0]): void {
    const labels = { ...labelsOf(model), executor };
    this.figures.batches.observe(labels, images);
    this.figures.computing.observe(labels, computeMs / 1000);
  }

  decoded(model: ModelName, ms: number): void {
    this.figures.decoding.observe(labelsOf(model), ms / 1000);
  }

  queued(model: ModelName, ms: number): void {
    this.figures.queueing.observe(labelsOf(model), ms / 1000);
  }

  answered(
    model: ModelName,
    { images, outcome, ms }: Parameters<ServingMetrics['answered']>[1],
  ): void {
    const labels = { ...labelsOf(model), outcome };
    this.figures.predictions.observe(labels, ms / 1000);
    this.figures.images.inc(labels, images);
  }
}

/** Records carry much more than their names. */
function labelsOf({ model, version }: ModelName) {
  return { model, version };
}

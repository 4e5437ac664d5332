import { Counter } from 'prom-client';
import { Metrics } from '../../platform/observability/metrics';
import { type ModelName, ServingMetrics } from './serving-metrics';

const batchSizes = [1, 2, 4, 8, 16, 32, 64, 128, 256];

const versionLabels = ['model', 'version'] as const;

function register(metrics: Metrics) {
  return {
    predictions: metrics.histogram(
      'coatrack_prediction_duration_seconds',
      'Duration of prediction requests by outcome: ok, or the error code',
      [...versionLabels, 'outcome'],
    ),
    images: new Counter({
      name: 'coatrack_prediction_images_total',
      help: 'Images in prediction requests by outcome',
      labelNames: [...versionLabels, 'outcome'],
      registers: [metrics.registry],
    }),
    decoding: metrics.histogram(
      'coatrack_decode_duration_seconds',
      'Time to decode an image',
      versionLabels,
    ),
    queueing: metrics.histogram(
      'coatrack_queue_duration_seconds',
      'Time that images waited for the engine',
      versionLabels,
    ),
    computing: metrics.histogram(
      'coatrack_compute_duration_seconds',
      'Time of a batch in the engine',
      [...versionLabels, 'executor'],
    ),
    batches: metrics.histogram(
      'coatrack_batch_images',
      'Images in a batch',
      [...versionLabels, 'executor'],
      batchSizes,
    ),
  };
}

/** Counts predictions for Prometheus. */
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

/** Picks the labels from a record that has many more fields. */
function labelsOf({ model, version }: ModelName) {
  return { model, version };
}

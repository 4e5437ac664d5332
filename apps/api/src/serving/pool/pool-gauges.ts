import type { Metrics } from '../../platform/observability/metrics';
import type { ModelPool } from './model-pool';

/** Adds gauges of loaded models and their queues, read when the metrics are collected. */
export function addPoolGauges(metrics: Metrics, pool: ModelPool): void {
  metrics.gauge(
    'coatrack_model_bytes',
    'Memory of each model that is loaded, loading or unloading',
    ['model', 'version', 'state', 'executor'],
    (bytes) => {
      for (const { version, state, model } of pool.list()) {
        const labels = { model: version.model, version: version.version, state };
        bytes.set({ ...labels, executor: model?.executor ?? '' }, model?.bytes ?? 0);
      }
    },
  );
  const ofBatchers = (
    name: string,
    help: string,
    read: (stats: { waiting: number; running: number }) => number,
  ) =>
    metrics.gauge(name, help, ['model', 'version'], (values) => {
      for (const { version, batcher } of pool.list()) {
        if (!batcher) continue;
        const labels = { model: version.model, version: version.version };
        values.inc(labels, read(batcher.stats()));
      }
    });
  ofBatchers('coatrack_queue_images', 'Images in the queue', ({ waiting }) => waiting);
  ofBatchers('coatrack_batches_running', 'Batches in the engine', ({ running }) => running);
}

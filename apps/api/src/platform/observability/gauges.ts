import { Gauge, type Registry } from 'prom-client';
import { Database } from '../database/database';
import { DatabaseAwayError } from '../database/database-away';
import { inTime } from '../database/in-time';
import { jobStates } from '../../jobs/job-state';
import type { ModelPool } from '../../serving/pool/model-pool';
import { readGpus } from './gpus';

/** What is looked up when somebody asks: loaded models and their queues, jobs, graphics cards. */
export function addGauges(
  registry: Registry,
  { pool, database }: { pool: ModelPool; database: Database },
): void {
  const gauge = <L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    collect: (gauge: Gauge<L>) => void | Promise<void>,
  ) =>
    new Gauge<L>({
      ...{ name, help, labelNames, registers: [registry] },
      async collect() {
        this.reset();
        await collect(this);
      },
    });

  gauge(
    'coatrack_model_bytes',
    'Memory of each model that is loaded or on its way in or out',
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
    gauge(name, help, ['model', 'version'], (values) => {
      for (const { version, batcher } of pool.list()) {
        if (!batcher) continue;
        const labels = { model: version.model, version: version.version };
        values.inc(labels, read(batcher.stats()));
      }
    });
  ofBatchers('coatrack_queue_pictures', 'Pictures that wait', ({ waiting }) => waiting);
  ofBatchers('coatrack_batches_running', 'Batches in the engine', ({ running }) => running);

  gauge('coatrack_jobs', 'Jobs by state', ['state'], async (jobs) => {
    const query = 'SELECT state, count(*)::integer AS count FROM jobs GROUP BY state';
    const asked: Promise<{ state: string; count: number }[]> = database.manager.query(query);
    // All other figures are known without the database: while it is away, this one alone is missing.
    const rows = await inTime(asked).catch((error: Error) => {
      if (error instanceof DatabaseAwayError) return undefined;
      throw error;
    });
    if (!rows) return;
    for (const state of jobStates) jobs.set({ state }, 0);
    for (const { state, count } of rows) jobs.set({ state }, count);
  });

  const gpuLabels = ['gpu', 'name'] as const;
  const ofGpus = (
    name: string,
    help: string,
    read: (gpu: Awaited<ReturnType<typeof readGpus>>[number]) => number,
  ) =>
    gauge(name, help, gpuLabels, async (values) => {
      for (const gpu of await readGpus()) {
        values.set({ gpu: gpu.index, name: gpu.name }, read(gpu));
      }
    });
  ofGpus('coatrack_gpu_utilization_ratio', 'Share of the time', (gpu) => gpu.utilization);
  ofGpus('coatrack_gpu_memory_used_bytes', 'By all processes', (gpu) => gpu.usedBytes);
  ofGpus('coatrack_gpu_memory_total_bytes', 'Of the card', (gpu) => gpu.totalBytes);
}

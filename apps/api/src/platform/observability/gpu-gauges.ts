import { readGpus } from './gpus';
import type { Metrics } from './metrics';

type Gpu = Awaited<ReturnType<typeof readGpus>>[number];

/** Utilization and memory of graphics cards, looked up when the figures are read. */
export function addGpuGauges(metrics: Metrics): void {
  const ofGpus = (name: string, help: string, read: (gpu: Gpu) => number) =>
    metrics.gauge(name, help, ['gpu', 'name'], async (values) => {
      for (const gpu of await readGpus()) {
        values.set({ gpu: gpu.index, name: gpu.name }, read(gpu));
      }
    });
  ofGpus('coatrack_gpu_utilization_ratio', 'Share of the time', (gpu) => gpu.utilization);
  ofGpus('coatrack_gpu_memory_used_bytes', 'By all processes', (gpu) => gpu.usedBytes);
  ofGpus('coatrack_gpu_memory_total_bytes', 'Of the card', (gpu) => gpu.totalBytes);
}

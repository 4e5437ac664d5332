import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Metrics } from './metrics';

const run = promisify(execFile);
const mebibyte = 1024 ** 2;
const timeoutMs = 2000;
/** Lifetime of a result, so that the gauges of one collection start nvidia-smi only once. */
const freshMs = 1000;

export interface Gpu {
  index: number;
  name: string;
  /** In [0, 1]. */
  utilization: number;
  usedBytes: number;
  totalBytes: number;
}

let last: { at: number; gpus: Promise<Gpu[]> } | undefined;

/** Returns NVIDIA's GPUs as nvidia-smi lists them; none if it is not installed. */
function readGpus(): Promise<Gpu[]> {
  const now = performance.now();
  if (!last || now - last.at > freshMs) last = { at: now, gpus: ask() };
  return last.gpus;
}

async function ask(): Promise<Gpu[]> {
  const fields = 'index,name,utilization.gpu,memory.used,memory.total';
  const options = [`--query-gpu=${fields}`, '--format=csv,noheader,nounits'];
  try {
    const { stdout } = await run('nvidia-smi', options, { timeout: timeoutMs });
    return parseGpus(stdout);
  } catch {
    return [];
  }
}

/** Parses the output of nvidia-smi; a value that a GPU does not report counts as 0. */
export function parseGpus(csv: string): Gpu[] {
  const lines = csv.split('\n').filter((line) => line.trim());
  return lines.map((line) => {
    const [index, name = '', ...figures] = line.split(',').map((field) => field.trim());
    const [utilization = 0, used = 0, total = 0] = figures.map((figure) => Number(figure) || 0);
    return {
      index: Number(index),
      name,
      utilization: utilization / 100,
      usedBytes: used * mebibyte,
      totalBytes: total * mebibyte,
    };
  });
}

/** Adds gauges of the utilization and memory of GPUs, read when the metrics are collected. */
export function addGpuGauges(metrics: Metrics): void {
  const ofGpus = (name: string, help: string, read: (gpu: Gpu) => number) =>
    metrics.gauge(name, help, ['gpu', 'name'], async (values) => {
      for (const gpu of await readGpus()) {
        values.set({ gpu: gpu.index, name: gpu.name }, read(gpu));
      }
    });
  ofGpus(
    'coatrack_gpu_utilization_ratio',
    'Share of the time that the GPU was busy',
    (gpu) => gpu.utilization,
  );
  ofGpus(
    'coatrack_gpu_memory_used_bytes',
    'Memory in use by all processes',
    (gpu) => gpu.usedBytes,
  );
  ofGpus('coatrack_gpu_memory_total_bytes', 'Total memory of the GPU', (gpu) => gpu.totalBytes);
}

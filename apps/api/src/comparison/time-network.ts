import type { Timing, Latency } from './measurement';

/** Minimum number of runs, regardless of elapsed time. */
const fewestRuns = 5;
/** The first runs of a batch size allocate memory and choose kernels. */
const warmUpRuns = 2;

interface TimedNetwork {
  /** @param images [batch, …]; the caller must not use them afterwards */
  run(images: Float32Array, batch: number, options: { features: boolean }): Promise<unknown>;
}

interface TimingOptions {
  imageSize: number;
  batchSize: number;
  /** Number of batches that run concurrently. */
  instances: number;
  /** Minimum duration. */
  seconds: number;
  /** Called after every run. */
  onRun?(): void;
}

/** Times a network on batches of noise; its speed does not depend on the content. */
export async function timeNetwork(
  network: TimedNetwork,
  { imageSize, batchSize, instances, seconds, onRun }: TimingOptions,
): Promise<Timing> {
  const noise = Float32Array.from(
    { length: imageSize * imageSize * 3 },
    () => Math.random() * 2 - 1,
  );
  const once = async () => {
    const images = new Float32Array(batchSize * noise.length);
    for (let image = 0; image < batchSize; image++) images.set(noise, image * noise.length);
    const started = performance.now();
    await network.run(images, batchSize, { features: false });
    const time = performance.now() - started;
    onRun?.();
    return time;
  };
  for (let run = 0; run < warmUpRuns; run++) await once();

  const times: number[] = [];
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1000;
  const lane = async () => {
    while (elapsed() < seconds || times.length < fewestRuns) times.push(await once());
  };
  await Promise.all(Array.from({ length: instances }, lane));
  return {
    latency: latencyOf(times),
    throughput: (times.length * batchSize) / elapsed(),
    runs: times.length,
  };
}

/** @param times in ms, at least one */
export function latencyOf(times: readonly number[]): Latency {
  const sorted = [...times].sort((a, b) => a - b);
  return {
    mean: sorted.reduce((sum, time) => sum + time, 0) / sorted.length,
    p50: percentile(sorted, 0.5),
    p95: percentile(sorted, 0.95),
    p99: percentile(sorted, 0.99),
  };
}

/** Returns the percentile by nearest rank: the smallest time that at least this share of the runs did not exceed. */
function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
}

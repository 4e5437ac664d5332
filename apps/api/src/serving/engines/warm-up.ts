import type { BatchTime, ModelOutput } from './executor';

/** The first runs allocate memory, choose kernels and fill caches. */
const runs = 3;
/** A slow network is not kept from its first request for longer than this. */
const patienceMs = 3000;

interface Runner {
  run(images: Float32Array, batch: number, options: { features: boolean }): Promise<ModelOutput>;
}

/**
 * Shows a network blank pictures, in batches of each size, smallest first, until it is as fast as it will be.
 * @returns the best time of each batch size that there was patience for
 */
export async function warmUp(
  network: Runner,
  { imageSize, batches }: { imageSize: number; batches: number[] },
): Promise<BatchTime[]> {
  const started = performance.now();
  const left = () => patienceMs - (performance.now() - started);
  const times: BatchTime[] = [];
  for (const batch of batches) {
    const [single] = times;
    if (single && single.ms * batch > left()) break;
    let ms = Infinity;
    let images: Float32Array = new Float32Array(batch * 3 * imageSize * imageSize);
    for (let run = 0; run < runs && (run === 0 || left() > 0); run++) {
      const output = await network.run(images, batch, { features: false });
      ms = Math.min(ms, output.computeMs);
      ({ images } = output);
    }
    times.push({ batch, ms });
  }
  return times;
}

/** Pictures a second, at its best. */
export function bestRate(times: readonly BatchTime[]): number {
  return Math.max(0, ...times.map(({ batch, ms }) => (batch * 1000) / ms));
}

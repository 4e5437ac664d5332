import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { timeNetwork } from './time-network';

/** Takes 10 ms per batch, one batch at a time, like an engine with one thread. */
function network() {
  const seen = { most: 0, running: 0, sizes: new Set<number>() };
  let last: Promise<unknown> = Promise.resolve();
  const run = async (images: Float32Array, batch: number) => {
    seen.sizes.add(images.length / batch);
    seen.running++;
    seen.most = Math.max(seen.most, seen.running);
    await (last = last.then(() => pause(10)));
    seen.running--;
  };
  return { seen, run };
}

it('at least five runs are timed, each with full batches of the requested size', async () => {
  const { seen, run } = network();
  const options = { imageSize: 8, batchSize: 4, instances: 1, seconds: 0 };
  const { runs, latency, throughput } = await timeNetwork({ run }, options);
  expect(runs).toBe(5);
  expect(seen).toMatchObject({ most: 1, sizes: new Set([8 * 8 * 3]) });
  expect(latency.p50).toBeGreaterThan(9);
  expect(throughput).toBeLessThan(4 / 0.009);
});

it('every instance is kept busy, so that the throughput is that of all of them', async () => {
  const { seen, run } = network();
  const options = { imageSize: 8, batchSize: 1, instances: 3, seconds: 0.1 };
  const { latency, throughput } = await timeNetwork({ run }, options);
  expect(seen.most).toBe(3);
  expect(latency.p50).toBeGreaterThan(25);
  expect(throughput).toBeLessThan(1 / 0.009);
});

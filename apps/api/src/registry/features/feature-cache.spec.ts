import { mkdir, mkdtemp, readdir, rm, truncate, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DiskReserve } from '../../platform/blobs/disk-reserve';
import { FeatureCache } from './feature-cache';

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'features-')), 'cache');
  await mkdir(folder);
});
afterEach(() => rm(join(folder, '..'), { recursive: true }));

const featuresOf = (value: number) => ({
  rows: 2,
  columns: 128,
  values: new Float32Array(256).fill(value),
  unreadable: [{ image: 1, reason: 'not an image' }],
});

/** Creates a cache that counts computations. */
function counted(maxBytes: number, reserve = new DiskReserve(folder, 0)) {
  const cache = new FeatureCache({ folder, maxBytes, reserve });
  const computed: string[] = [];
  const get = (name: string, value = 1) =>
    cache.get(name, async () => {
      computed.push(name);
      return featuresOf(value);
    });
  return { get, computed };
}

describe('feature cache', () => {
  it('computes features once and returns the same to other processes', async () => {
    const [one, other] = [counted(1e6), counted(1e6)];
    const first = await one.get('a', 3);
    expect(await other.get('a', 4)).toEqual(first);
    expect(first).toEqual(featuresOf(3));
    expect(other.computed).toEqual([]);
  });

  it('evicts the least recently used features', async () => {
    // A piece takes 1 KiB and a header, so three fit.
    const { get, computed } = counted(3 * 1024 + 700);
    for (const [age, name] of ['a', 'b', 'c'].entries()) {
      await get(name);
      const used = new Date(Date.now() - (10 - age) * 60_000);
      await utimes(join(folder, `${name}.safetensors`), used, used);
    }
    await get('a');
    await get('d');
    expect((await readdir(folder)).sort()).toEqual(['a', 'c', 'd'].map((n) => `${n}.safetensors`));
    await get('b');
    expect(computed).toEqual(['a', 'b', 'c', 'd', 'b']);
  });

  it('computes damaged features again', async () => {
    const { get, computed } = counted(1e6);
    await get('a', 5);
    await truncate(join(folder, 'a.safetensors'), 700);
    expect(await get('a', 5)).toEqual(featuresOf(5));
    expect(computed).toEqual(['a', 'a']);
  });

  it('stores nothing on a full disk, without failing', async () => {
    const full = async () => ({ bavail: 0, bsize: 4096, blocks: 100 });
    const { get } = counted(1e6, new DiskReserve(folder, 4096, full));
    expect(await get('a', 7)).toEqual(featuresOf(7));
    expect(await readdir(folder)).toEqual([]);
  });

  it('stores nothing of a failed computation', async () => {
    const cache = new FeatureCache({ folder, maxBytes: 1e6, reserve: new DiskReserve(folder, 0) });
    const failure = new Error('cancelled');
    await expect(cache.get('a', () => Promise.reject(failure))).rejects.toBe(failure);
    expect(await readdir(folder)).toEqual([]);
  });
});

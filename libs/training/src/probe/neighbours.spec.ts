import { selectEngine } from '@coatrack/kernels';
import { beforeAll, describe, expect, it } from 'vitest';
import { neighbourhood } from './neighbours';

beforeAll(() => selectEngine('wasm'));

const { signal } = new AbortController();
const options = { threshold: 0.99, mostPairs: 3, nearest: 2, signal };

/** Directions around the circle, in degrees. */
const around = (...degrees: number[]) => ({
  rows: degrees.length,
  columns: 2,
  values: Float32Array.from(
    degrees.flatMap((angle) => [
      Math.cos((angle * Math.PI) / 180),
      Math.sin((angle * Math.PI) / 180),
    ]),
  ),
});

describe('neighbourhood', () => {
  it('lists the most alike pairs, and counts all', async () => {
    // Opposite pairs, so that the mean of all is 0.
    const features = around(0, 1, 90, 93, 180, 181, 270, 273);
    const { pairs, pairCount } = await neighbourhood(features, options);
    expect(pairCount).toBe(4);
    expect(pairs.map(({ a, b }) => [a, b])).toEqual(
      expect.arrayContaining([
        [0, 1],
        [4, 5],
      ]),
    );
    expect(pairs).toHaveLength(3);
    expect(pairs[0]!.similarity).toBeCloseTo(Math.cos(Math.PI / 180), 4);
  });

  it('says how near the nearest rows are', async () => {
    const features = around(0, 10, 20, 180, 190, 200, 100, 280);
    const { nearness } = await neighbourhood(features, options);
    expect(nearness[1]).toBeCloseTo(Math.cos((10 * Math.PI) / 180), 3);
    const farthest = nearness.indexOf(Math.min(...nearness));
    expect([6, 7]).toContain(farthest);
  });

  it('finds what an exhaustive search finds where there are several blocks', async () => {
    const rows = 2600;
    const columns = 3;
    let state = 1;
    const values = Float32Array.from({ length: rows * columns }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 31 - 1;
    });
    values.set(values.subarray(0, columns), (rows - 1) * columns);
    const dones: number[] = [];
    const { pairs, nearness } = await neighbourhood(
      { rows, columns, values },
      { ...options, mostPairs: 1, nearest: 1, onProgress: (done) => void dones.push(done) },
    );
    expect(pairs[0]).toMatchObject({ a: 0, b: rows - 1 });
    expect(nearness[rows - 1]).toBeCloseTo(1, 5);
    expect(dones.length).toBeGreaterThan(1);
    expect(dones.at(-1)).toBe(rows);
  });

  it('takes a single row, and rows that are all the same', async () => {
    const one = await neighbourhood(around(5), options);
    const same = await neighbourhood(around(5, 5, 5), options);
    expect([one.pairs, same.pairs]).toEqual([[], []]);
  });
});

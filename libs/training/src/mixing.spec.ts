import { selectEngine } from '@coatrack/kernels';
import { beforeAll, describe, expect, it } from 'vitest';
import { smoothTargets } from './loss';
import { mix } from './mixing';

const side = 8;
const length = side ** 2 * 3;
const labels = [0, 1, 2, 3, 4, 5];
const batch = { labels, indices: [10, 11, 12, 13, 14, 15] };

/** Returns images whose values all equal their row. */
function rows(): Float32Array {
  return Float32Array.from({ length: labels.length * length }, (_, at) => Math.floor(at / length));
}

function mixed(mixup: number, cutmix: number, options = { seed: 1, epoch: 1 }, of = batch) {
  const values = rows().subarray(0, of.labels.length * length);
  const mixedBatch = mix({ values, side }, of, { mixup, cutmix, ...options });
  const image = (row: number) => values.subarray(row * length, (row + 1) * length);
  return { values, image, ...mixedBatch };
}

describe('mix', () => {
  it('by mixup, blends every image with its mirror in the batch, itself the larger share', () => {
    const { image, labels: others, shares } = mixed(0.8, 0);
    expect(others).toEqual([5, 4, 3, 2, 1, 0]);
    expect(new Set(shares).size).toBe(6);
    shares.forEach((share, row) => {
      expect(share).toBeGreaterThanOrEqual(0.5);
      expect(image(row)[0]).toBeCloseTo(row * share + (5 - row) * (1 - share), 5);
    });
  });

  it('by cutmix, puts a rectangle of the mirrored image in, and its area into the share', () => {
    const { image, labels: others, shares } = mixed(0, 1);
    expect(others).toEqual([5, 4, 3, 2, 1, 0]);
    shares.forEach((share, row) => {
      const foreign = image(row).filter((value) => value === 5 - row).length;
      const own = image(row).filter((value) => value === row).length;
      expect(foreign + own).toBe(length);
      expect(share).toBeCloseTo(own / length, 10);
    });
    expect(shares.some((share) => share < 1)).toBe(true);
  });

  it('with both, does one to the first half and the other to the second', () => {
    const { image, labels: others } = mixed(0.8, 1);
    expect(others).toEqual([2, 1, 0, 5, 4, 3]);
    expect(image(0)[0]! % 1).not.toBe(0);
    for (const row of [3, 4, 5]) expect([...image(row)].every(Number.isInteger)).toBe(true);
  });

  it('depends on seed, epoch and image alone', () => {
    const same = mixed(0.8, 1);
    expect(mixed(0.8, 1)).toMatchObject({ values: same.values, shares: same.shares });
    expect(mixed(0.8, 1, { seed: 2, epoch: 1 }).shares).not.toEqual(same.shares);
    expect(mixed(0.8, 1, { seed: 1, epoch: 2 }).shares).not.toEqual(same.shares);
    const reversed = { labels: [...labels].reverse(), indices: [...batch.indices].reverse() };
    const { shares } = mixed(0.8, 0, undefined, reversed);
    expect(shares.reverse()).toEqual(mixed(0.8, 0).shares);
  });

  it('leaves the one in the middle of an odd batch, and a batch of one, as it is', () => {
    const odd = { labels: [0, 1, 2], indices: [1, 2, 3] };
    const { image, shares } = mixed(1, 0, undefined, odd);
    expect(shares[1]).toBe(1);
    expect([...image(1)].every((value) => value === 1)).toBe(true);
    expect(mixed(1, 1, undefined, { labels: [3], indices: [1] }).shares).toEqual([1]);
  });
});

describe('smoothTargets', () => {
  beforeAll(() => selectEngine('wasm'));

  it('gives each label its share, and smooths all', async () => {
    const targets = smoothTargets(
      { labels: [0, 2], mixed: { labels: [2, 2], shares: [0.75, 0.6] } },
      { classes: 4, smoothing: 0.2 },
    );
    const [first, second] = (await targets.array()) as number[][];
    targets.dispose();
    [0.65, 0.05, 0.25, 0.05].forEach((share, at) => expect(first![at]).toBeCloseTo(share, 6));
    [0.05, 0.05, 0.85, 0.05].forEach((share, at) => expect(second![at]).toBeCloseTo(share, 6));
  });
});

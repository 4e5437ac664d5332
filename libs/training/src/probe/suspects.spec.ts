import { describe, expect, it } from 'vitest';
import { findSuspects } from './suspects';

/** Returns logits whose softmax is the given probabilities. */
const logitsOf = (rows: number[][]) => ({
  rows: rows.length,
  columns: rows[0]!.length,
  values: Float32Array.from(rows.flat(), Math.log),
});

describe('suspects', () => {
  it('are the images that another class claims, the surest first', () => {
    const leftOut = logitsOf([
      [0.9, 0.1],
      [0.8, 0.2],
      [0.05, 0.95],
      [0.1, 0.9],
      [0.2, 0.8],
      [0.85, 0.15],
    ]);
    const found = findSuspects(leftOut, [0, 0, 0, 1, 1, 1]);
    expect(found.map(({ image, suggested }) => [image, suggested])).toEqual([
      [2, 1],
      [5, 0],
    ]);
    expect(found[0]!.own).toBeCloseTo(0.05);
    expect(found[0]!.other).toBeCloseTo(0.95);
  });

  it('do not include images of a hard class that merely are unsure', () => {
    const leftOut = logitsOf([
      [0.95, 0.05],
      [0.9, 0.1],
      [0.55, 0.45],
      [0.45, 0.55],
    ]);
    // The other class is more probable than the label, but less probable than it usually is for its own images.
    expect(findSuspects(leftOut, [0, 0, 1, 1])).toEqual([]);
  });

  it('are never taken for a class without images', () => {
    const leftOut = logitsOf([
      [0.2, 0.1, 0.7],
      [0.1, 0.2, 0.7],
    ]);
    expect(findSuspects(leftOut, [0, 1])).toEqual([]);
  });
});

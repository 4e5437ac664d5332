import { describe, expect, it } from 'vitest';
import { resizeTable } from './resize-table';

describe('resizeTable', () => {
  it('a table of the same size is unchanged', () => {
    const table = Float32Array.from({ length: 25 * 2 }, (_, index) => Math.sin(index));
    expect(resizeTable(table, 2, [3, 3], [3, 3])).toEqual(table);
  });

  it('values are interpolated bilinearly per head, with half-pixel centres and clamped edges', () => {
    // 3 → 5 places per axis: sources −0.2 (held at 0), 0.4, 1, 1.6, 2.2 (held at 2).
    const places = [0, 0.4, 1, 1.6, 2];
    const table = new Float32Array(3 * 3 * 2);
    for (let y = 0; y < 3; y++) {
      for (let x = 0; x < 3; x++) table.set([10 * y + x, y * x], (y * 3 + x) * 2);
    }
    const result = resizeTable(table, 2, [2, 2], [3, 3]);
    const expected = places.flatMap((y) => places.flatMap((x) => [10 * y + x, y * x]));
    expect(result).toHaveLength(expected.length);
    expected.forEach((value, index) => expect(result[index]).toBeCloseTo(value, 5));
  });

  it('the only bias of a 1×1 grid is used everywhere', () => {
    expect([...resizeTable(Float32Array.of(7), 1, [1, 1], [2, 1])]).toEqual([7, 7, 7]);
  });
});

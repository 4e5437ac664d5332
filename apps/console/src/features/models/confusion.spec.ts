import { expect, it } from 'vitest';
import { mostConfused } from './confusion';

it('names the worst mistakes first and leaves right answers and empty classes out', () => {
  const confusion = [
    [8, 2, 0],
    [0, 6, 4],
    [0, 0, 0],
  ];
  expect(mostConfused(confusion, 5)).toEqual([
    { truth: 1, predicted: 2, count: 4, share: 0.4 },
    { truth: 0, predicted: 1, count: 2, share: 0.2 },
  ]);
  expect(mostConfused(confusion, 1)).toHaveLength(1);
});

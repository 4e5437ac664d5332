import { expect, it } from 'vitest';
import { topK } from './probabilities';

it('gives the likeliest labels first, and all of them when fewer than k', () => {
  const probabilities = Float32Array.from([0.25, 0.5, 0.25]);
  expect(topK(probabilities, ['a', 'b', 'c'], 2).map(({ label }) => label)).toEqual(['b', 'a']);
  expect(topK(probabilities, ['a', 'b', 'c'], 9)).toHaveLength(3);
});

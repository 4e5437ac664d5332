import { expect, it } from 'vitest';
import { topK } from './probabilities';

it('topK returns the most likely labels first, and all of them if there are fewer than k', () => {
  const probabilities = Float32Array.from([0.25, 0.5, 0.25]);
  expect(topK(probabilities, ['a', 'b', 'c'], 2).map(({ label }) => label)).toEqual(['b', 'a']);
  expect(topK(probabilities, ['a', 'b', 'c'], 9)).toHaveLength(3);
});

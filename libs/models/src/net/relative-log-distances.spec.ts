import { expect, it } from 'vitest';
import { relativeLogDistances } from './relative-log-distances';

it('relativeLogDistances lists logarithms of vertical and horizontal distances, smallest first', () => {
  const log = Math.fround(Math.log(2));
  expect(Array.from(relativeLogDistances(1, 2))).toEqual([0, -log, 0, 0, 0, log]);
  const larger = relativeLogDistances(3, 4);
  expect(larger).toHaveLength(5 * 7 * 2);
  expect([larger[0], larger[1]]).toEqual([-Math.log(3), -Math.log(4)].map(Math.fround));
});

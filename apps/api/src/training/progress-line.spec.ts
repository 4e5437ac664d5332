import { expect, it } from 'vitest';
import { duration } from './progress-line';

it.each([
  [0.4, '0 s'],
  [89, '89 s'],
  [90, '2 min'],
  [3600, '60 min'],
  [7500, '2 h 5 min'],
])('says %d seconds as %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

import { expect, it } from 'vitest';
import type { TrainingEvent } from '@coatrack/training';
import { duration, throttleSteps } from './training-progress';

it.each([
  [0.4, '0 s'],
  [89, '89 s'],
  [90, '2 min'],
  [3600, '60 min'],
  [7500, '2 h 5 min'],
])('says %d seconds as %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

it('throttleSteps passes one step per interval, and every other event', () => {
  let now = 0;
  const passes = throttleSteps(1000, () => now);
  const at = (ms: number, type: TrainingEvent['type']) => {
    now = ms;
    return passes({ type } as TrainingEvent);
  };
  expect(at(0, 'started')).toBe(true);
  expect(at(0, 'step')).toBe(true);
  expect(at(900, 'step')).toBe(false);
  expect(at(950, 'epoch')).toBe(true);
  expect(at(1000, 'step')).toBe(true);
});

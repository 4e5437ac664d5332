import { expect, it } from 'vitest';
import type { TrainingEvent } from '@coatrack/training';
import { throttleSteps } from './step-throttle';

it('passes one step an interval and everything else', () => {
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

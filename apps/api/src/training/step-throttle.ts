import type { TrainingEvent } from '@coatrack/training';

/** Lets every event pass but steps, of which it passes one an interval. */
export function throttleSteps(
  intervalMs: number,
  now: () => number = Date.now,
): (event: TrainingEvent) => boolean {
  let last = -Infinity;
  return (event) => {
    if (event.type !== 'step') return true;
    if (now() - last < intervalMs) return false;
    last = now();
    return true;
  };
}

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Batch } from './image-loader';
import type { TrainStep } from './train-step';

/** Number of first steps to skip, because they warm up the engine, and maximum number of steps to measure. */
const [firstSteps, measuredSteps] = [2, 10];

/** Low enough that no step can diverge. */
const learningRate = 1e-12;

/**
 * Measures steps, including the loading of their images.
 * @param steps the batches of each step, without end
 * @param limitSeconds time after which measuring ends, once at least one step is measured
 * @returns seconds per step
 */
export async function measureSteps(
  trainStep: TrainStep,
  steps: AsyncIterable<readonly Batch[]>,
  { limitSeconds, signal }: { limitSeconds: number; signal: AbortSignal },
): Promise<number> {
  const ends: number[] = [performance.now()];
  for await (const batches of steps) {
    signal.throwIfAborted();
    await trainStep.run(batches, { step: ends.length, learningRate });
    ends.push(performance.now());
    await nextTurn();
    const isLate = ends.at(-1)! - ends[0]! > limitSeconds * 1000;
    if (ends.length > firstSteps + measuredSteps || (isLate && ends.length > 1)) break;
  }
  const from = Math.min(firstSteps, ends.length - 2);
  return (ends.at(-1)! - ends[from]!) / 1000 / (ends.length - 1 - from);
}

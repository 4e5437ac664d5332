import { setImmediate as nextTurn } from 'node:timers/promises';
import { TrainingDivergedError } from './divergence';
import type { Batch } from './image-loader';
import type { TrainStep } from './train-step';

/** Range of learning rates and number of steps in fastai's lr_find. */
const [lowest, highest, finderSteps] = [1e-7, 10, 100];

/** Smoothing of the running mean of losses, and the multiple of its minimum at which the search ends. */
const [smoothing, diverged] = [0.98, 4];

export interface LearningRatePoint {
  learningRate: number;
  /** running mean of the loss, in nats */
  loss: number;
}

export interface FoundLearningRate {
  /** one point per step */
  curve: LearningRatePoint[];
  learningRate: number;
}

/**
 * Raises the learning rate exponentially from step to step until the loss diverges. arXiv:1506.01186, §3.3, as in fastai's
 * lr_find.
 * @param steps the batches of each step, without end
 * @throws RangeError when the loss never falls; the signal's reason
 */
export async function findLearningRate(
  trainStep: TrainStep,
  steps: AsyncIterable<readonly Batch[]>,
  signal: AbortSignal,
): Promise<FoundLearningRate> {
  const curve: LearningRatePoint[] = [];
  let [mean, best] = [0, Infinity];
  for await (const batches of steps) {
    signal.throwIfAborted();
    const step = curve.length + 1;
    const learningRate = lowest * (highest / lowest) ** ((step - 1) / (finderSteps - 1));
    const outcome = await unlessDiverged(trainStep.run(batches, { step, learningRate }));
    if (!outcome) break;
    mean = smoothing * mean + (1 - smoothing) * outcome.loss;
    const loss = mean / (1 - smoothing ** step);
    best = Math.min(best, loss);
    curve.push({ learningRate, loss });
    if (step === finderSteps || loss > diverged * best) break;
    await nextTurn();
  }
  return { curve, learningRate: valleyOf(curve) };
}

/**
 * Returns the learning rate in the middle of the longest valley, which is the longest sequence of falling losses. The loss is
 * steep there, and far from rising again. As in fastai's `valley`.
 * @throws RangeError when the losses don't fall
 */
export function valleyOf(curve: readonly LearningRatePoint[]): number {
  const lengths = curve.map(() => 1);
  const before = curve.map(() => -1);
  curve.forEach(({ loss }, index) => {
    for (let earlier = 0; earlier < index; earlier++) {
      // Of equally long sequences that end here, the latest wins: a flat part before a fall doesn't belong to it.
      if (curve[earlier]!.loss <= loss || lengths[earlier]! + 1 < lengths[index]!) continue;
      lengths[index] = lengths[earlier]! + 1;
      before[index] = earlier;
    }
  });
  const valley: number[] = [];
  const longest = Math.max(...lengths, 0);
  for (let at = lengths.indexOf(longest); at >= 0; at = before[at]!) valley.unshift(at);
  const [first, last] = [valley[0], valley.at(-1)];
  if (first === undefined || last === undefined || longest < 3) {
    throw new RangeError(
      'No learning rate brings the loss down, so that none can be found: give learningRate a value above 0',
    );
  }
  return curve[Math.floor((first + last) / 2)]!.learningRate;
}

async function unlessDiverged<T>(step: Promise<T>): Promise<T | undefined> {
  try {
    return await step;
  } catch (error) {
    if (error instanceof TrainingDivergedError) return undefined;
    throw error;
  }
}

import type { Recipe } from '../recipe/recipe';

/** What the learning rates of a training depend on. */
export interface Schedule extends Pick<Recipe, 'schedule' | 'staircaseRate' | 'staircaseEpochs'> {
  /** Highest learning rate, above 0. */
  peak: number;
  /** Lowest learning rate after the warm-up. */
  minimum: number;
  /** Steps over which the learning rate rises linearly. */
  warmupSteps: number;
  steps: number;
  stepsPerEpoch: number;
}

/** Returns the learning rate of a step after the warm-up. */
type Shape = (step: number, schedule: Schedule) => number;

/** PyTorch's OneCycleLR by default: the share of steps that rise, and what peak and start are divided by. */
const oneCycle = { rise: 0.3, startDivisor: 25, endDivisor: 1e4 };

/** A row per schedule. */
export const scheduleShapes: Record<Recipe['schedule'], Shape> = {
  constant: (_, { peak }) => peak,

  /** Half a cosine. SGDR, arXiv:1608.03983, without restarts. */
  cosine: (step, schedule) =>
    between(schedule, 0.5 * (1 + Math.cos(Math.PI * progressAt(step, schedule)))),

  linear: (step, schedule) => between(schedule, 1 - progressAt(step, schedule)),

  /** Times a rate every few epochs, counted from the first step, whatever the warm-up; as EfficientNetV2's released code. */
  staircase: (step, { peak, minimum, staircaseRate, staircaseEpochs, stepsPerEpoch }) => {
    const stairs = Math.floor(step / (staircaseEpochs * stepsPerEpoch));
    return Math.max(minimum, peak * staircaseRate ** stairs);
  },

  /** Up and down along cosines. arXiv:1708.07120, as PyTorch's OneCycleLR has it; the momentum stays. */
  'one-cycle': (step, { peak, minimum, steps }) => {
    const start = peak / oneCycle.startDivisor;
    const top = oneCycle.rise * steps - 1;
    if (step <= top) return cosineBetween(start, peak, step / top);
    const last = Math.max(minimum, start / oneCycle.endDivisor);
    // Of very few steps, none rises.
    const from = Math.max(top, 0);
    return cosineBetween(peak, last, (step - from) / Math.max(steps - 1 - from, 1));
  },
};

/** How much of the steps after the warm-up lies behind, in [0, 1). */
function progressAt(step: number, { warmupSteps, steps }: Schedule): number {
  return (step - warmupSteps) / (steps - warmupSteps);
}

/** @param share of the way from the minimum up to the peak */
function between({ peak, minimum }: Schedule, share: number): number {
  return minimum + (peak - minimum) * share;
}

function cosineBetween(from: number, to: number, share: number): number {
  return to + ((from - to) / 2) * (1 + Math.cos(Math.PI * share));
}

import type { Recipe } from '../recipe/recipe';

/** Inputs of a training's learning rates. */
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

/** Defaults of PyTorch's OneCycleLR: the share of rising steps, and the divisors of peak and start. */
const oneCycle = { rise: 0.3, startDivisor: 25, endDivisor: 1e4 };

/** One shape per schedule. */
export const scheduleShapes: Record<Recipe['schedule'], Shape> = {
  constant: (_, { peak }) => peak,

  /** Half a cosine. SGDR, arXiv:1608.03983, without restarts. */
  cosine: (step, schedule) =>
    between(schedule, 0.5 * (1 + Math.cos(Math.PI * progressAt(step, schedule)))),

  linear: (step, schedule) => between(schedule, 1 - progressAt(step, schedule)),

  /**
   * Multiplies by a rate every few epochs, counted from the first step including the warm-up, as EfficientNetV2's released code
   * does.
   */
  staircase: (step, { peak, minimum, staircaseRate, staircaseEpochs, stepsPerEpoch }) => {
    const stairs = Math.floor(step / (staircaseEpochs * stepsPerEpoch));
    return Math.max(minimum, peak * staircaseRate ** stairs);
  },

  /** Rises and falls along cosines. arXiv:1708.07120, as in PyTorch's OneCycleLR. The momentum stays constant. */
  'one-cycle': (step, { peak, minimum, steps }) => {
    const start = peak / oneCycle.startDivisor;
    const top = oneCycle.rise * steps - 1;
    if (step <= top) return cosineBetween(start, peak, step / top);
    const last = Math.max(minimum, start / oneCycle.endDivisor);
    // With very few steps, none rises.
    const from = Math.max(top, 0);
    return cosineBetween(peak, last, (step - from) / Math.max(steps - 1 - from, 1));
  },
};

/** Returns the finished share of the steps after the warm-up, in [0, 1). */
function progressAt(step: number, { warmupSteps, steps }: Schedule): number {
  return (step - warmupSteps) / (steps - warmupSteps);
}

/** @param share position between the minimum (0) and the peak (1) */
function between({ peak, minimum }: Schedule, share: number): number {
  return minimum + (peak - minimum) * share;
}

function cosineBetween(from: number, to: number, share: number): number {
  return to + ((from - to) / 2) * (1 + Math.cos(Math.PI * share));
}

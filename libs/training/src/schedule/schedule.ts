import type { Recipe } from '../recipe/recipe';
import { scheduleShapes } from './schedule-shapes';

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

/**
 * Returns the learning rate of a step: of the linear warm-up, or of the schedule's shape after it.
 * @param step 0-based
 * @returns the learning rate; with a minimum of 0, never 0 before the end
 */
export function learningRateAt(step: number, schedule: Schedule): number {
  const { peak, warmupSteps } = schedule;
  if (step < warmupSteps) return (peak * (step + 1)) / warmupSteps;
  return scheduleShapes[schedule.schedule](step, schedule);
}

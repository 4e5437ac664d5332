import { type Schedule, scheduleShapes } from './schedule-shapes';

/**
 * Returns the learning rate of a step, from the linear warm-up or from the schedule's shape after it.
 * @param step 0-based
 * @returns the learning rate; with a minimum of 0, never 0 before the end
 */
export function learningRateAt(step: number, schedule: Schedule): number {
  const { peak, warmupSteps } = schedule;
  if (step < warmupSteps) return (peak * (step + 1)) / warmupSteps;
  return scheduleShapes[schedule.schedule](step, schedule);
}

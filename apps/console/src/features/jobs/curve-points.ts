import type { EpochRow } from '@/api/types';
import type { JobProgress } from './job-progress';

interface LossPoint {
  /** Passes over the data so far, with fractions. */
  epoch: number;
  step?: number;
  train?: number;
  validation?: number;
}

/** Returns the losses of steps and epochs on one axis, in order of time. */
export function lossPoints({ losses, history, steps, epochs }: JobProgress): LossPoint[] {
  const stepsPerEpoch = steps / epochs;
  const bySteps = losses.map(({ step, loss }) => ({ epoch: step / stepsPerEpoch, step: loss }));
  const byEpochs = history.map(({ epoch, trainLoss, validationLoss }) => ({
    epoch,
    train: trainLoss,
    validation: validationLoss,
  }));
  return [...bySteps, ...byEpochs].sort((a, b) => a.epoch - b.epoch);
}

/** Unit of the axis, which divides into four intervals of round numbers. */
const axisUnit = 0.8;

/**
 * Returns the end of the loss axis, above every training loss. Validation losses of the first epochs, when the running
 * statistics
 * of the batch norms lag behind, can be ten times as high and would flatten everything else.
 */
export function lossCeiling(points: LossPoint[]): number {
  const training = points.flatMap(({ step, train }) => [step ?? 0, train ?? 0]);
  const highest = Math.max(...training) * 1.25;
  return Math.ceil(highest / axisUnit) * axisUnit;
}

export function accuracyPoints(history: EpochRow[]) {
  return history.map(({ epoch, top1, top5 }) => ({ epoch, top1, top5 }));
}

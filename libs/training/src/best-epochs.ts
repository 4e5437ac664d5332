import type { Recipe } from './recipe/recipe';
import type { EpochRow } from './training-event';

/** Scores of an epoch's weights on the validation images. */
export type EpochScore = Pick<EpochRow, 'epoch' | 'top1' | 'validationLoss'>;

/** Returns whether one epoch's weights are better than another's: by top-1 accuracy, with ties broken by loss. */
export function isBetter(
  one: Omit<EpochScore, 'epoch'>,
  other: Omit<EpochScore, 'epoch'>,
): boolean {
  if (one.top1 !== other.top1) return one.top1 > other.top1;
  return one.validationLoss < other.validationLoss;
}

/**
 * Returns whether a training ends early: none of the last `patience` epochs with all weights learning was better than before.
 */
export function isOutOfPatience(
  history: readonly EpochScore[],
  { patience }: Pick<Recipe, 'patience'>,
  { headEpochs }: { headEpochs: number },
): boolean {
  const last = history.at(-1);
  if (patience === 0 || !last) return false;
  const best = history.reduce((best, row) => (isBetter(row, best) ? row : best));
  return last.epoch - Math.max(best.epoch, headEpochs) >= patience;
}

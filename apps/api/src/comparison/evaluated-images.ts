import { type ImageSet, recipeSchema, splitDataset } from '@coatrack/training';
import { z } from 'zod';
import type { Dataset } from '../datasets/dataset.dto';
import type { ProblemDetail } from '../platform/errors/domain-error';
import type { VersionRecord } from '../registry/models/model';

const namedLabels = 5;

const splits = ['test', 'valid', 'train', 'held-out', 'all'] as const;
type EvaluatedSplit = (typeof splits)[number];

export const evaluatedSplitSchema = z
  .enum(splits)
  .describe(
    "Which images to use: the dataset's own test, valid or train split; held-out, those of this dataset that the version's " +
      'training did not use; or all. Default: the first of test, valid and held-out that exists, else all.',
  );

/** Reports classes of a dataset that the version doesn't know. */
export function labelProblems({ labels }: VersionRecord, { classes }: Dataset): ProblemDetail[] {
  const known = new Set(labels);
  const unknown = classes.map(({ name }) => name).filter((name) => !known.has(name));
  if (unknown.length === 0) return [];
  const named = unknown.slice(0, namedLabels).map((name) => `"${name}"`);
  const more = unknown.length > namedLabels ? ` and ${unknown.length - namedLabels} more` : '';
  const message = `has classes that are not among the version's labels: ${named.join(', ')}${more}`;
  return [{ where: 'dataset', message }];
}

/** Returns the split to use; reports one that the dataset or the version doesn't have. */
export function chosenSplit(
  asked: EvaluatedSplit | undefined,
  version: VersionRecord,
  { id, splits: counts }: Dataset,
  problems: ProblemDetail[],
): EvaluatedSplit {
  const heldOut = version.dataset?.id === id && version.recipe !== null;
  const has = (split: EvaluatedSplit) =>
    split === 'all' || (split === 'held-out' ? heldOut : (counts?.[split] ?? 0) > 0);
  if (asked === undefined) return splits.filter((split) => split !== 'train').find(has)!;
  if (!has(asked)) {
    const message =
      asked === 'held-out'
        ? 'must not be held-out: the version was not trained on this dataset here'
        : `must be one that the dataset has: it has no images in ${asked}`;
    problems.push({ where: 'split', message });
  }
  return asked;
}

/** Returns the indices of a split's images in the dataset. */
export function indicesOfSplit(
  images: ImageSet,
  split: EvaluatedSplit,
  { recipe }: VersionRecord,
): readonly number[] {
  if (split === 'held-out') return splitDataset(images, recipeSchema.parse(recipe)).validation;
  return images.labels.flatMap((_, place) =>
    split === 'all' || images.splits?.[place] === split ? [place] : [],
  );
}

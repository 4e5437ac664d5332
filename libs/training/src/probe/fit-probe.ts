import type { ImageSet } from '../dataset/image-set';
import type { Split } from '../dataset/split';
import { type Evaluation, MetricsAccumulator } from '../metrics';
import type { Features } from './feature-reader';
import { type Matrix, multiply } from './on-engine';
import { fitRidge, type RidgeFit } from './ridge';

/** Thrown when features needed for a fit are missing because an image is unreadable. */
export class UnreadableImageError extends Error {
  override readonly name = 'UnreadableImageError';
  readonly code = 'IMAGE_UNREADABLE';
}

/** A head in closed form, with its evaluations. */
export interface Probe extends RidgeFit {
  /** Evaluation on the training images, each predicted by a fit without it. */
  leftOutEvaluation: Evaluation;
  /** Evaluation on the images held out for validation. */
  validation: Evaluation;
}

/**
 * Fits a classifier's head to the training images of a split, and evaluates it on the others.
 * @param features of all images, in order
 * @throws UnreadableImageError, FeaturesError, the signal's reason
 */
export async function fitProbe(
  features: Features,
  { classes, labels }: Pick<ImageSet, 'classes' | 'labels'>,
  split: Split,
  signal: AbortSignal,
): Promise<Probe> {
  const used = new Set([...split.train, ...split.validation]);
  const unread = features.unreadable.find(({ image }) => used.has(image));
  if (unread) {
    throw new UnreadableImageError(`Image ${unread.image} can't be read: ${unread.reason}`);
  }
  const labelsOf = (indices: readonly number[]) => indices.map((index) => labels[index]!);
  const fit = await fitRidge({
    features: rowsOf(features, split.train),
    labels: labelsOf(split.train),
    classes: classes.length,
    signal,
  });
  const logits = await logitsOf(fit, rowsOf(features, split.validation), signal);
  return {
    ...fit,
    leftOutEvaluation: evaluated(fit.leftOut, labelsOf(split.train)),
    validation: evaluated(logits, labelsOf(split.validation)),
  };
}

/** Returns the rows of the given indices. */
export function rowsOf({ columns, values }: Matrix, indices: readonly number[]): Matrix {
  const result = new Float32Array(indices.length * columns);
  for (const [row, index] of indices.entries()) {
    result.set(values.subarray(index * columns, (index + 1) * columns), row * columns);
  }
  return { rows: indices.length, columns, values: result };
}

/** Compares logits [images, classes] with labels. */
export function evaluated({ columns, values }: Matrix, labels: readonly number[]): Evaluation {
  const metrics = new MetricsAccumulator(columns);
  metrics.add(values, labels);
  return metrics.result();
}

async function logitsOf(
  { weights, bias }: RidgeFit,
  features: Matrix,
  signal: AbortSignal,
): Promise<Matrix> {
  const classes = bias.length;
  const transposed = new Float32Array(weights.length);
  for (let c = 0; c < classes; c++) {
    for (let feature = 0; feature < features.columns; feature++) {
      transposed[feature * classes + c] = weights[c * features.columns + feature]!;
    }
  }
  const right = { rows: features.columns, columns: classes, values: transposed };
  const logits = await multiply(features, right, signal);
  logits.values.forEach((value, place) => (logits.values[place] = value + bias[place % classes]!));
  return logits;
}

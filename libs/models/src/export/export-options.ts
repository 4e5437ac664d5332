import type { Architecture, Preprocessing } from '../architectures/architecture';
import { cost } from '../interpreters/cost/cost';
import { matchWeights } from '../weights/match-weights';
import type { WeightsSource } from '../weights/weights-source';
import type { WriteGuard } from '../weights/write-guard';

/** Of an exported network. */
export type Precision = 'fp32' | 'fp16';

/** What an exported network is made for and says of itself. */
export interface ExportOptions {
  classes: number;
  /** Side of the images that the export is for, in pixels; position tables are resized to it. */
  imageSize: number;
  /** Of the classes, in the order of the logits. */
  labels?: readonly string[];
  preprocessing?: Preprocessing;
  /** Under which the weights may be used, as an SPDX identifier. */
  licence?: string;
  /** Where the weights come from. */
  source?: string;
  guard?: WriteGuard;
}

/**
 * Says what is wrong with an export before anything is written.
 * @throws WeightsMismatchError naming all missing, extra and misshaped tensors
 * @throws ImageSizeError when the network cannot look at images of this size
 * @throws RangeError when labels and classes differ in number
 */
export function checkExport(
  architecture: Architecture,
  weights: WeightsSource,
  { classes, imageSize, labels }: ExportOptions,
): void {
  const { tensors } = cost(architecture, { imageSize, classes });
  matchWeights(tensors, weights, { ignoreHead: false });
  if (labels && labels.length !== classes) {
    throw new RangeError(`There are ${labels.length} labels for ${classes} classes.`);
  }
}

/** What an export says of itself. */
export type ExportDescription = Pick<
  ExportOptions,
  'labels' | 'preprocessing' | 'licence' | 'source'
> & { architecture: string };

/** Leaves out what is not known. */
export function describeExport(
  { name }: Architecture,
  { labels, preprocessing, licence, source }: ExportOptions,
): ExportDescription {
  const entries = { architecture: name, labels, preprocessing, licence, source };
  return Object.fromEntries(
    Object.entries(entries).filter(([, value]) => value !== undefined),
  ) as ExportDescription;
}

import type { Architecture, Preprocessing } from '../architectures/architecture';
import { cost } from '../interpreters/cost/cost';
import { matchWeights } from '../weights/match-weights';
import type { WeightsSource } from '../weights/weights-source';
import type { WriteGuard } from '../weights/write-guard';

/** Precision of an exported network. */
export type Precision = 'fp32' | 'fp16';

/** Properties and metadata of an exported network. */
export interface ExportOptions {
  classes: number;
  /** Image side of the export, in pixels; position tables are resized to it. */
  imageSize: number;
  /** Labels of the classes, in the order of the logits. */
  labels?: readonly string[];
  preprocessing?: Preprocessing;
  /** SPDX identifier of the weights' licence. */
  licence?: string;
  /** Origin of the weights. */
  source?: string;
  guard?: WriteGuard;
}

/**
 * Checks an export before anything is written.
 * @throws WeightsMismatchError naming all missing, extra and misshaped tensors
 * @throws ImageSizeError when the network does not accept images of this size
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

/** Metadata of an export. */
export type ExportDescription = Pick<
  ExportOptions,
  'labels' | 'preprocessing' | 'licence' | 'source'
> & { architecture: string };

/** Returns the metadata without unknown fields. */
export function describeExport(
  { name }: Architecture,
  { labels, preprocessing, licence, source }: ExportOptions,
): ExportDescription {
  const entries = { architecture: name, labels, preprocessing, licence, source };
  return Object.fromEntries(
    Object.entries(entries).filter(([, value]) => value !== undefined),
  ) as ExportDescription;
}

import type { Precision } from '@coatrack/models';
import type { Verification } from './artifact';

/** Of the largest logit of the source, or of 1 where all are smaller. */
const relativeTolerance: Record<Precision, number> = { fp32: 1e-4, fp16: 2e-2 };

/** The artifact computes something else than its source. */
export class ArtifactDiffersError extends Error {
  override readonly name = 'ArtifactDiffersError';
  readonly code = 'EXPORT_DIFFERS';

  constructor({ runtime, maxDifference, tolerance }: ComparedLogits & { runtime: string }) {
    super(
      `The exported file computes other numbers in ${runtime} than the version does here: logits differ ` +
        `by up to ${maxDifference.toPrecision(3)}, more than ${tolerance.toPrecision(3)}.`,
    );
  }
}

export type ComparedLogits = Pick<Verification, 'maxDifference' | 'tolerance'>;

/** What is no number differs from everything, infinitely. */
export function compareLogits(
  source: ArrayLike<number>,
  artifact: ArrayLike<number>,
  precision: Precision,
): ComparedLogits {
  let maxDifference = source.length === artifact.length ? 0 : Infinity;
  let scale = 1;
  for (let i = 0; i < source.length; i++) {
    const difference = Math.abs(source[i]! - artifact[i]!);
    maxDifference = Math.max(maxDifference, Number.isNaN(difference) ? Infinity : difference);
    if (Number.isFinite(source[i])) scale = Math.max(scale, Math.abs(source[i]!));
  }
  return { maxDifference, tolerance: relativeTolerance[precision] * scale };
}

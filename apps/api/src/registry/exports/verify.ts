import type { Precision } from '@coatrack/models';
import type { Verification } from './export-record';
import type { RunningNetwork } from './formats/exporter';

/** Tolerance relative to the largest logit of the source, or to 1 if all are smaller. */
const relativeTolerance: Record<Precision, number> = { fp32: 1e-4, fp16: 2e-2 };

/** The exported file does not compute the same numbers as its source. */
export class ExportDiffersError extends Error {
  override readonly name = 'ExportDiffersError';
  readonly code = 'EXPORT_DIFFERS';

  constructor({ runtime, maxDifference, tolerance }: ComparedLogits & { runtime: string }) {
    super(
      `The exported file does not compute the same in ${runtime} as the version does here: logits differ ` +
        `by up to ${maxDifference.toPrecision(3)}, more than ${tolerance.toPrecision(3)}.`,
    );
  }
}

type ComparedLogits = Pick<Verification, 'maxDifference' | 'tolerance'>;

/** Compares logits; NaN differs infinitely from everything. */
export function compareLogits(
  source: ArrayLike<number>,
  exported: ArrayLike<number>,
  precision: Precision,
): ComparedLogits {
  let maxDifference = source.length === exported.length ? 0 : Infinity;
  let scale = 1;
  for (let i = 0; i < source.length; i++) {
    const difference = Math.abs(source[i]! - exported[i]!);
    maxDifference = Math.max(maxDifference, Number.isNaN(difference) ? Infinity : difference);
    if (Number.isFinite(source[i])) scale = Math.max(scale, Math.abs(source[i]!));
  }
  return { maxDifference, tolerance: relativeTolerance[precision] * scale };
}

/** Size of the first batch. The remaining images run together, as the batch size must not change the results. */
const firstBatch = 1;

/**
 * Runs a network on images and closes it.
 * @param inputs [imageSize, imageSize, 3] each, normalised
 * @param onImages called with the number of images done
 * @returns logits [images, classes]
 */
export async function runImages(
  network: RunningNetwork,
  inputs: readonly Float32Array[],
  onImages: (done: number) => Promise<void>,
): Promise<number[]> {
  try {
    const logits: number[] = [];
    await onImages(0);
    for (const batch of [inputs.slice(0, firstBatch), inputs.slice(firstBatch)]) {
      const images = new Float32Array(batch.length * inputs[0]!.length);
      batch.forEach((pixels, index) => images.set(pixels, index * pixels.length));
      for (const value of await network.run(images, batch.length)) logits.push(value);
      await onImages(batch.length === firstBatch ? firstBatch : inputs.length);
    }
    return logits;
  } finally {
    await network.close();
  }
}

import type { DrawsFor } from '../augment/augment';
import { purposes } from '../augment/augment';
import type { Augmentation } from '../augment/augmentation';
import { centreCrop, type Crop } from '../normalise';
import type { Size } from '../pixels';
import { Draws, hash } from '../random';

/** How an image is seen: in evaluation its middle; in training at random, by seed, epoch and image alone. */
export type View = 'evaluation' | RandomView;

/** Plain data, for threads. */
export interface RandomView {
  seed: number;
  epoch: number;
  /** the image's place in its dataset */
  index: number;
  augmentation: Augmentation;
}

export function drawsOf({ seed, epoch, index }: RandomView): DrawsFor {
  return (purpose) => new Draws(seed, epoch, index, purpose);
}

/** Returns whether an image is seen mirrored left to right. */
export function isFlipped(view: View): boolean {
  if (view === 'evaluation' || !view.augmentation.flip) return false;
  return hash(view.seed, view.epoch, view.index, purposes.flip) % 2 === 1;
}

/** Returns where the square that the network sees lies in an image resized for evaluation. */
export function placeOf(view: View, resized: Size, imageSize: number): Crop {
  if (view === 'evaluation') return centreCrop(resized, imageSize);
  const { seed, epoch, index } = view;
  return {
    left: hash(seed, epoch, index, 0) % (resized.width - imageSize + 1),
    top: hash(seed, epoch, index, 1) % (resized.height - imageSize + 1),
  };
}

/**
 * Returns how many times as large as for evaluation an image is kept for a view of it: so that in the smallest crop there is
 * still a pixel for each that the network sees.
 */
export function scaleOf(view: View): number {
  const cropMin = view === 'evaluation' ? 0 : view.augmentation.cropMin;
  return cropMin > 0 ? 1 / Math.sqrt(cropMin) : 1;
}

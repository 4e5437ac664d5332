import type { DrawsFor } from '../augment/augment';
import { purposes } from '../augment/augment';
import type { Augmentation } from '../augment/augmentation';
import { centreCrop, type Crop } from '../normalise';
import type { Size } from '../pixels';
import { Draws, hash } from '../random';

/** How an image is seen: in evaluation its middle; in training at random, by seed, epoch, image and repeat alone. */
export type View = 'evaluation' | RandomView;

/** Plain data, for threads. */
export interface RandomView {
  seed: number;
  epoch: number;
  /** the image's place in its dataset */
  index: number;
  /** how often the epoch has seen the image before; 0 unless given */
  repeat?: number;
  augmentation: Augmentation;
}

export function drawsOf(view: RandomView): DrawsFor {
  return (purpose) => new Draws(...keysOf(view, purpose));
}

/** Returns what an image's random numbers for a purpose depend on. */
function keysOf({ seed, epoch, index, repeat = 0 }: RandomView, purpose: number): number[] {
  const keys = [seed, epoch, index, purpose];
  return repeat === 0 ? keys : [...keys, repeat];
}

/** Returns whether an image is seen mirrored left to right. */
export function isFlipped(view: View): boolean {
  if (view === 'evaluation' || !view.augmentation.flip) return false;
  return hash(...keysOf(view, purposes.flip)) % 2 === 1;
}

/** Returns where the square that the network sees lies in an image resized for evaluation. */
export function placeOf(view: View, resized: Size, imageSize: number): Crop {
  if (view === 'evaluation') return centreCrop(resized, imageSize);
  return {
    left: hash(...keysOf(view, 0)) % (resized.width - imageSize + 1),
    top: hash(...keysOf(view, 1)) % (resized.height - imageSize + 1),
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

import type { DrawsFor } from '../augment/augment';
import { purposes } from '../augment/augment';
import type { Augmentation } from '../augment/augmentation';
import { centreCrop, type Crop } from '../normalise';
import type { Size } from '../pixels';
import { Draws, hash } from '../random';

/** How an image is seen: its centre in evaluation; in training at random, depending only on seed, epoch, image and repeat. */
export type View = 'evaluation' | RandomView;

/** A random view as plain data, for threads. */
export interface RandomView {
  seed: number;
  epoch: number;
  /** the image's index in its dataset */
  index: number;
  /** number of earlier views of the image in the epoch; defaults to 0 */
  repeat?: number;
  augmentation: Augmentation;
}

export function drawsOf(view: RandomView): DrawsFor {
  return (purpose) => new Draws(...keysOf(view, purpose));
}

/** Returns the keys of an image's random numbers for a purpose. */
function keysOf({ seed, epoch, index, repeat = 0 }: RandomView, purpose: number): number[] {
  const keys = [seed, epoch, index, purpose];
  return repeat === 0 ? keys : [...keys, repeat];
}

/** Returns whether the view mirrors the image left to right. */
export function isFlipped(view: View): boolean {
  if (view === 'evaluation' || !view.augmentation.flip) return false;
  return hash(...keysOf(view, purposes.flip)) % 2 === 1;
}

/** Returns the position of the square that the network sees in an image resized for evaluation. */
export function placeOf(view: View, resized: Size, imageSize: number): Crop {
  if (view === 'evaluation') return centreCrop(resized, imageSize);
  return {
    left: hash(...keysOf(view, 0)) % (resized.width - imageSize + 1),
    top: hash(...keysOf(view, 1)) % (resized.height - imageSize + 1),
  };
}

/**
 * Returns how many times larger than for evaluation an image is kept for a view, so that the smallest crop still has a pixel
 * for each pixel that the network sees.
 */
export function scaleOf(view: View): number {
  const cropMin = view === 'evaluation' ? 0 : view.augmentation.cropMin;
  return cropMin > 0 ? 1 / Math.sqrt(cropMin) : 1;
}

import type { Pixels } from '../pixels';
import { Draws } from '../random';
import type { Augmentation } from './augmentation';
import { jitterColors } from './color-jitter';
import { cutOut, eraseAtRandom } from './holes';
import { mirror, turnOver } from './operations/geometry';
import { applyPolicy } from './policies';

/** Returns an image's random numbers for one purpose, the same on every call. */
export type DrawsFor = (purpose: number) => Draws;

/**
 * Purposes of random numbers. Each has its own sequence, so adding one does not change the others.
 * 0 and 1 place the crop at the scale of evaluation.
 */
export const purposes = {
  flip: 2,
  crop: 3,
  verticalFlip: 4,
  jitter: 5,
  policy: 6,
  cutout: 7,
  erasing: 8,
  mixing: 9,
} as const;

/**
 * Changes an image at the network's input size, before it is normalised: mirrors it, jitters its colours and applies the
 * policy.
 * This happens after the resize, as in google/automl's preprocess_for_train.
 * @param image changed in place
 * @param flipped whether to mirror it left to right
 */
export function augmentPixels(
  image: Pixels,
  flipped: boolean,
  augmentation: Augmentation,
  draws: DrawsFor,
): void {
  const { verticalFlip, colorJitter, hueJitter } = augmentation;
  if (flipped) mirror(image);
  if (verticalFlip && draws(purposes.verticalFlip).sign() < 0) turnOver(image);
  if (colorJitter > 0 || hueJitter > 0) {
    jitterColors(image, { strength: colorJitter, turns: hueJitter }, draws(purposes.jitter));
  }
  if (augmentation.policy !== 'none') applyPolicy(image, augmentation, draws(purposes.policy));
}

/**
 * Cuts holes into a normalised image.
 * @param values [side, side, 3], normalised; changed in place
 */
export function augmentValues(
  values: Float32Array,
  side: number,
  { cutout, erasing }: Augmentation,
  draws: DrawsFor,
): void {
  if (cutout > 0) cutOut(values, side, cutout, draws(purposes.cutout));
  if (erasing > 0) eraseAtRandom(values, side, erasing, draws(purposes.erasing));
}

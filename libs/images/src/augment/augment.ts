import type { Pixels } from '../pixels';
import { Draws } from '../random';
import type { Augmentation } from './augmentation';
import { jitterColors } from './color-jitter';
import { cutOut, eraseAtRandom } from './holes';
import { mirror, turnOver } from './operations/geometry';
import { applyPolicy } from './policies';

/** Returns the random numbers of an image for one purpose, the same whenever it is asked. */
export type DrawsFor = (purpose: number) => Draws;

/**
 * What random numbers are drawn for. A purpose has a sequence of its own, so that none depends on which others there are.
 * 0 and 1 are the place of a crop at the scale of evaluation.
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
 * Changes an image of the size that the network sees, before it is normalised: mirrors it, jitters its colours and applies
 * the policy. After the resize, as google/automl's preprocess_for_train does.
 * @param image changed
 * @param flipped whether it is to be mirrored left to right
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
 * Changes an image after it was normalised: holes.
 * @param values [side, side, 3], normalised; changed
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

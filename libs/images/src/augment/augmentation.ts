import type { PolicyName } from './policies';

/** Random changes to training images, as plain data. */
export interface Augmentation {
  /**
   * Smallest share of the image's area that a random resized crop keeps, up to 1. 0 turns resized crops off: a square is cut at
   * a random place of the image at its scale in evaluation.
   */
  cropMin: number;
  /** whether to mirror half of the images left to right */
  flip: boolean;
  /** whether to mirror half of the images top to bottom */
  verticalFlip: boolean;
  policy: PolicyName;
  /** magnitude of the policy's operations, if it has one: 0 to 30, where 10 is the nominal magnitude of its ranges */
  magnitude: number;
  /** operations applied to each image, if the policy does not fix the number */
  layers: number;
  /** Brightness, contrast and saturation are changed by factors of 1 − x to 1 + x. */
  colorJitter: number;
  /** Hues are turned either way by up to this share of the colour circle: 0 to 0.5. */
  hueJitter: number;
  /** side of the hole filled with noise, as a share of the image's side; 0: no hole */
  cutout: number;
  /** probability of setting a rectangle to the mean colour */
  erasing: number;
}

/** Leaves images unchanged, at the scale of evaluation. */
export const noAugmentation: Augmentation = {
  cropMin: 0,
  flip: false,
  verticalFlip: false,
  policy: 'none',
  magnitude: 0,
  layers: 0,
  colorJitter: 0,
  hueJitter: 0,
  cutout: 0,
  erasing: 0,
};

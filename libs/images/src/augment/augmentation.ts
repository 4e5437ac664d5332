import type { PolicyName } from './policies';

/** How training images are changed at random: plain data. */
export interface Augmentation {
  /**
   * Smallest share of the image's area that a random resized crop keeps, up to 1. 0: no resized crop, but a square at a
   * random place of the image at its scale in evaluation.
   */
  cropMin: number;
  /** whether half of the images are mirrored left to right */
  flip: boolean;
  /** whether half of the images are mirrored top to bottom */
  verticalFlip: boolean;
  policy: PolicyName;
  /** of the policy's operations, where it asks for one: 0 to 30, of which 10 is what its ranges are for */
  magnitude: number;
  /** operations that an image gets one after the other, where the policy leaves it open */
  layers: number;
  /** Brightness, contrast and saturation are changed by factors of 1 − x to 1 + x. */
  colorJitter: number;
  /** Hues are turned by up to so much of their circle, either way: 0 to 0.5. */
  hueJitter: number;
  /** side of the hole that is filled with noise, as a share of the image's side; 0: none */
  cutout: number;
  /** probability that a rectangle is set to the mean colour */
  erasing: number;
}

/** What leaves images as they are, at the scale of evaluation. */
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

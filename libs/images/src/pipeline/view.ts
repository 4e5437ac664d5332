import { centreCrop, type Crop } from '../normalise';
import type { Size } from '../pixels';
import { hash } from '../random';

/** How an image is seen: in evaluation its middle; in training at random, by seed, epoch and image alone. */
export type View = 'evaluation' | RandomView;

export interface RandomView {
  seed: number;
  epoch: number;
  /** the image's place in its dataset */
  index: number;
  /** whether half of the images are mirrored left to right */
  flip: boolean;
}

/** Returns a 32-bit unsigned integer for each purpose, the same whenever it is asked. */
export type Random = (purpose: number) => number;

/** Purposes below this are taken: by the crop and the flip. */
export const firstFreePurpose = 3;

export function randomOf({ seed, epoch, index }: RandomView): Random {
  return (purpose) => hash(seed, epoch, index, purpose);
}

/** Returns where the square that the network sees lies in an image resized for evaluation. */
export function cropOf(view: View, resized: Size, imageSize: number): Crop {
  if (view === 'evaluation') return centreCrop(resized, imageSize);
  const random = randomOf(view);
  return {
    left: random(0) % (resized.width - imageSize + 1),
    top: random(1) % (resized.height - imageSize + 1),
    flipped: view.flip && random(2) % 2 === 1,
  };
}

import type { Area, Size } from '../pixels';
import type { Draws } from '../random';

/** Range of the erased area as a share of the image's, and range of height to width, from torchvision's RandomErasing. */
const erasedShare = [0.02, 0.33] as const;
const erasedAspect = [0.3, 3.3] as const;

/** Maximum number of rectangles to try before giving up. */
const attempts = 10;

/**
 * Returns the part of an image within `reach` pixels of a random point in each direction, clipped to the image (google/automl's
 * cutout).
 */
export function coveredArea({ width, height }: Size, reach: number, draws: Draws): Area {
  const [x, y] = [draws.integer(width), draws.integer(height)];
  const left = Math.max(0, x - reach);
  const top = Math.max(0, y - reach);
  return {
    left,
    top,
    width: Math.min(width, x + reach) - left,
    height: Math.min(height, y + reach) - top,
  };
}

/**
 * Cuts a hole of noise, in [0, 1] after normalisation, as EfficientNetV2's fine-tuning does (google/automl,
 * preprocess_for_finetune).
 * @param values [side, side, 3], normalised; changed in place
 * @param share the hole's side as a share of the image's; at the edges, part of the hole lies outside the image
 */
export function cutOut(values: Float32Array, side: number, share: number, draws: Draws): void {
  const reach = Math.floor((side * share) / 2);
  const area = coveredArea({ width: side, height: side }, reach, draws);
  fillArea(values, side, area, () => draws.uniform());
}

/**
 * Sets a random rectangle to 0, the mean colour: random erasing (arXiv:1708.04896), as in torchvision.
 * @param values [side, side, 3], normalised; changed in place
 */
export function eraseAtRandom(
  values: Float32Array,
  side: number,
  probability: number,
  draws: Draws,
): void {
  if (draws.uniform() >= probability) return;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const area = side ** 2 * draws.uniform(...erasedShare);
    const aspect = Math.exp(draws.uniform(Math.log(erasedAspect[0]), Math.log(erasedAspect[1])));
    const height = Math.round(Math.sqrt(area * aspect));
    const width = Math.round(Math.sqrt(area / aspect));
    if (width >= side || height >= side) continue;
    const top = draws.integer(side - height + 1);
    const left = draws.integer(side - width + 1);
    fillArea(values, side, { left, top, width, height }, () => 0);
    return;
  }
}

function fillArea(values: Float32Array, side: number, area: Area, value: () => number): void {
  for (let y = area.top; y < area.top + area.height; y++) {
    const start = (y * side + area.left) * 3;
    for (let at = start; at < start + area.width * 3; at++) values[at] = value();
  }
}

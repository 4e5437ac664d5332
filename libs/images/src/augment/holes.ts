import type { Area, Size } from '../pixels';
import type { Draws } from '../random';

/** Of the area of the image, and of height to width: torchvision's RandomErasing. */
const erasedShare = [0.02, 0.33] as const;
const erasedAspect = [0.3, 3.3] as const;

/** Rectangles that are tried until one fits. */
const attempts = 10;

/**
 * Returns the part of an image within `reach` pixels of a random place on either side, cut off at the image's edges
 * (google/automl's cutout).
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
 * Cutout as EfficientNetV2's fine-tuning has it (google/automl, preprocess_for_finetune): a hole of noise, in [0, 1] after
 * normalisation.
 * @param values [side, side, 3], normalised; changed
 * @param share of the hole's side in the image's; at the edges less of the hole is in the image
 */
export function cutOut(values: Float32Array, side: number, share: number, draws: Draws): void {
  const reach = Math.floor((side * share) / 2);
  const area = coveredArea({ width: side, height: side }, reach, draws);
  fillArea(values, side, area, () => draws.uniform());
}

/**
 * Random erasing (arXiv:1708.04896) as torchvision does it: a rectangle is set to 0, the mean colour.
 * @param values [side, side, 3], normalised; changed
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

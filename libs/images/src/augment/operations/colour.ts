import type { Pixels } from '../../pixels';
import { clipped, sharesOfDifferences } from './blend';
import { greyOf } from './grey';

/** Changes saturation as PIL's ImageEnhance.Color does: 0 makes the image grey, 1 changes nothing. */
export function saturation({ data }: Pixels, factor: number): void {
  const shares = sharesOfDifferences(factor);
  for (let at = 0; at < data.length; at += 3) {
    const grey = greyOf(data, at);
    const zero = 255 - grey;
    data[at] = clipped(Math.fround(grey + shares[data[at]! + zero]!));
    data[at + 1] = clipped(Math.fround(grey + shares[data[at + 1]! + zero]!));
    data[at + 2] = clipped(Math.fround(grey + shares[data[at + 2]! + zero]!));
  }
}

/**
 * Turns the hue as torchvision's adjust_hue does for a PIL image: within PIL's 8-bit HSV (Convert.c), with its rounding.
 * @param turns share of the colour circle, −0.5 to 0.5
 */
export function hue({ data }: Pixels, turns: number): void {
  const shift = Math.trunc(turns * 255);
  for (let at = 0; at < data.length; at += 3) turnHue(data, at, shift);
}

function turnHue(data: Uint8Array, at: number, shift: number): void {
  const red = data[at]!;
  const green = data[at + 1]!;
  const blue = data[at + 2]!;
  const highest = Math.max(red, green, blue);
  const lowest = Math.min(red, green, blue);
  // Grey has no hue.
  if (highest === lowest) return;
  const range = highest - lowest;
  const saturation = Math.trunc(Math.fround(range / highest) * 255);
  const turned = (hueOf(red, green, blue, highest, range) + shift) & 255;
  writePixel(data, at, turned, saturation, highest);
}

function hueOf(red: number, green: number, blue: number, highest: number, range: number): number {
  const redGap = Math.fround((highest - red) / range);
  const greenGap = Math.fround((highest - green) / range);
  const blueGap = Math.fround((highest - blue) / range);
  let sixths: number;
  if (red === highest) sixths = blueGap - greenGap;
  else if (green === highest) sixths = 2 + redGap - blueGap;
  else sixths = 4 + greenGap - redGap;
  const share = Math.fround((Math.fround(sixths) / 6 + 1) % 1);
  return Math.min(255, Math.trunc(share * 255));
}

function writePixel(data: Uint8Array, at: number, hue: number, saturation: number, value: number) {
  const sixths = (hue * 6) / 255;
  const sextant = Math.floor(sixths);
  const rest = Math.fround(sixths - sextant);
  const share = Math.fround(saturation / 255);
  const low = Math.round(value * (1 - share));
  const falling = Math.round(value * (1 - Math.fround(share * rest)));
  const rising = Math.round(value * (1 - share * (1 - rest)));
  const place = sextant % 6;
  // Levels that `sextants` refers to by index: 0 value, 1 rising, 2 low, 3 falling.
  const levels = [value, rising, low, falling];
  const order = sextants[place]!;
  data[at] = levels[order[0]]!;
  data[at + 1] = levels[order[1]]!;
  data[at + 2] = levels[order[2]]!;
}

const sextants: readonly (readonly [number, number, number])[] = [
  [0, 1, 2],
  [3, 0, 2],
  [2, 0, 1],
  [2, 3, 0],
  [1, 2, 0],
  [0, 2, 3],
];

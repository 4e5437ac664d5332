import type { Pixels } from '../../pixels';
import { blendedLevels } from './blend';
import { greyOf } from './grey';

/** What the operations here do is the same for all pixels of a level: they look it up in a table. */

const levelCount = 256;
const greyLevelCounts = new Uint32Array(levelCount);

function replaceLevels({ data }: Pixels, level: (level: number) => number): void {
  const table = new Uint8Array(levelCount);
  for (let from = 0; from < levelCount; from++) table[from] = level(from);
  for (let at = 0; at < data.length; at++) data[at] = table[data[at]!]!;
}

/** @param tableOf the levels of a channel after a look at how many values there are of each before */
function replaceChannelLevels(
  { data }: Pixels,
  tableOf: (counts: Uint32Array) => ((level: number) => number) | undefined,
): void {
  for (let channel = 0; channel < 3; channel++) {
    const counts = new Uint32Array(levelCount);
    for (let at = channel; at < data.length; at += 3) counts[data[at]!]!++;
    const level = tableOf(counts);
    if (!level) continue;
    const table = new Uint8ClampedArray(levelCount);
    for (let from = 0; from < levelCount; from++) table[from] = level(from);
    for (let at = channel; at < data.length; at += 3) data[at] = table[data[at]!]!;
  }
}

/** PIL's ImageOps.invert. */
export function invert(image: Pixels): void {
  replaceLevels(image, (level) => 255 - level);
}

/** PIL's ImageOps.posterize: keeps the upper bits of every value. */
export function posterize(image: Pixels, bits: number): void {
  const mask = ~((1 << (8 - bits)) - 1);
  replaceLevels(image, (level) => level & mask);
}

/** PIL's ImageOps.solarize: inverts levels from the threshold on. */
export function solarize(image: Pixels, threshold: number): void {
  replaceLevels(image, (level) => (level < threshold ? level : 255 - level));
}

/** Adds to levels below 128 (google/automl's autoaugment.py). */
export function solarizeAdd(image: Pixels, addition: number): void {
  replaceLevels(image, (level) => (level < 128 ? Math.min(255, level + addition) : level));
}

/** PIL's ImageEnhance.Brightness: 0 is black, 1 changes nothing. */
export function brightness(image: Pixels, factor: number): void {
  const blended = blendedLevels(factor);
  replaceLevels(image, (level) => blended(0, level));
}

/** PIL's ImageEnhance.Contrast: 0 is the mean grey, 1 changes nothing. */
export function contrast(image: Pixels, factor: number): void {
  const mean = meanGrey(image);
  const blended = blendedLevels(factor);
  replaceLevels(image, (level) => blended(mean, level));
}

function meanGrey({ data }: Pixels): number {
  greyLevelCounts.fill(0);
  for (let at = 0; at < data.length; at += 3) greyLevelCounts[greyOf(data, at)]!++;
  let sum = 0;
  for (let level = 0; level < levelCount; level++) sum += level * greyLevelCounts[level]!;
  return Math.floor(sum / (data.length / 3) + 0.5);
}

/** PIL's ImageOps.autocontrast: stretches every channel from its lowest and highest level to 0 and 255. */
export function autoContrast(image: Pixels): void {
  replaceChannelLevels(image, (counts) => {
    const lowest = counts.findIndex((count) => count > 0);
    const highest = counts.findLastIndex((count) => count > 0);
    if (highest <= lowest) return undefined;
    const scale = 255 / (highest - lowest);
    const offset = -lowest * scale;
    return (level) => Math.trunc(level * scale + offset);
  });
}

/** PIL's ImageOps.equalize: spreads every channel's levels so that each range of them has as many pixels. */
export function equalize(image: Pixels): void {
  replaceChannelLevels(image, (counts) => {
    const last = counts[counts.findLastIndex((count) => count > 0)]!;
    const step = Math.floor((image.data.length / 3 - last) / 255);
    if (step === 0) return undefined;
    const levels: number[] = [];
    let below = Math.floor(step / 2);
    for (const count of counts) {
      levels.push(Math.floor(below / step));
      below += count;
    }
    return (level) => levels[level]!;
  });
}

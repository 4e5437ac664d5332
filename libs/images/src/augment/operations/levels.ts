import type { Pixels } from '../../pixels';
import { blendedLevels } from './blend';
import { greyOf } from './grey';

/** These operations treat all pixels of a level alike, so each one builds a lookup table. */

const levelCount = 256;
const greyLevelCounts = new Uint32Array(levelCount);

function replaceLevels({ data }: Pixels, level: (level: number) => number): void {
  const table = new Uint8Array(levelCount);
  for (let from = 0; from < levelCount; from++) table[from] = level(from);
  for (let at = 0; at < data.length; at++) data[at] = table[data[at]!]!;
}

/** @param tableOf returns a channel's new levels from the histogram of its old ones */
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

/** Inverts the image, as PIL's ImageOps.invert does. */
export function invert(image: Pixels): void {
  replaceLevels(image, (level) => 255 - level);
}

/** Keeps the upper bits of every value, as PIL's ImageOps.posterize does. */
export function posterize(image: Pixels, bits: number): void {
  const mask = ~((1 << (8 - bits)) - 1);
  replaceLevels(image, (level) => level & mask);
}

/** Inverts levels at or above the threshold, as PIL's ImageOps.solarize does. */
export function solarize(image: Pixels, threshold: number): void {
  replaceLevels(image, (level) => (level < threshold ? level : 255 - level));
}

/** Adds to levels below 128 (google/automl's autoaugment.py). */
export function solarizeAdd(image: Pixels, addition: number): void {
  replaceLevels(image, (level) => (level < 128 ? Math.min(255, level + addition) : level));
}

/** Changes brightness as PIL's ImageEnhance.Brightness does: 0 makes the image black, 1 changes nothing. */
export function brightness(image: Pixels, factor: number): void {
  const blended = blendedLevels(factor);
  replaceLevels(image, (level) => blended(0, level));
}

/** Changes contrast as PIL's ImageEnhance.Contrast does: 0 gives the mean grey, 1 changes nothing. */
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

/** Stretches each channel so that its lowest and highest levels become 0 and 255, as PIL's ImageOps.autocontrast does. */
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

/** Spreads each channel's levels so that each range has as many pixels, as PIL's ImageOps.equalize does. */
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

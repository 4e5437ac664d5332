import type { Pixels, Size } from './pixels';
import type { Preprocessing } from './preprocessing';
import { inMemory } from './wasm/webassembly';

/** Position of the square that a network sees in a resized image. */
export interface Crop {
  left: number;
  top: number;
}

/** Returns the centre crop, rounded as in torchvision's CenterCrop: Python's way, halves to even. */
export function centreCrop({ width, height }: Size, imageSize: number): Crop {
  const middle = (length: number) => {
    const all = length - imageSize;
    return all % 4 === 1 ? (all - 1) / 2 : Math.ceil(all / 2);
  };
  return { left: middle(width), top: middle(height) };
}

/** Memory layout of an image's values: [3, height, width] or [height, width, 3]. */
export type ImageLayout = 'NCHW' | 'NHWC';

/**
 * Cuts out a square and normalises it: (pixel / 255 − mean) / std, channel by channel.
 * @param target [imageSize, imageSize, 3], or [3, imageSize, imageSize] by layout; filled
 */
export function normaliseCrop(
  { data, width }: Pixels,
  { left, top }: Crop,
  preprocessing: Preprocessing,
  target: Float32Array,
  layout: ImageLayout = 'NHWC',
): void {
  const { imageSize } = preprocessing;
  const first = (top * width + left) * 3;
  const rowBytes = imageSize * 3;
  const used = data.subarray(first, first + (imageSize - 1) * width * 3 + rowBytes);
  const { functions, buffer, at } = inMemory(used.length, levelBytes, target.byteLength);
  const [source, levels, values] = at;
  new Uint8Array(buffer).set(used, source);
  new Float32Array(buffer, levels).set(levelsOf(preprocessing));
  const [pixelBytes, channelBytes] = layout === 'NHWC' ? [12, 4] : [4, imageSize * imageSize * 4];
  functions.normalise(source, width * 3, imageSize, levels, values, pixelBytes, channelBytes);
  target.set(new Float32Array(buffer, values, target.length));
}

const levelBytes = 3 * 256 * 4;

let lastLevels = { key: '', levels: new Float32Array() };

/** Returns the normalised value of each level per channel: [3, 256]. */
function levelsOf({ mean, std }: Preprocessing): Float32Array {
  const key = [...mean, ...std].join();
  if (lastLevels.key !== key) {
    const levels = Float32Array.from({ length: 3 * 256 }, (_, index) => {
      const channel = index >> 8;
      return ((index & 255) / 255 - mean[channel]!) / std[channel]!;
    });
    lastLevels = { key, levels };
  }
  return lastLevels.levels;
}

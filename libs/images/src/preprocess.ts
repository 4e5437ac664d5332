import type { Preprocessing } from './preprocessing';
import type { Pixels } from './decode/decode';
import type { ImageRemark } from './decode/remarks';
import type { Size } from './resize/resample';
import { resizeImage } from './resize/resize';
import { inMemory } from './wasm/webassembly';

export interface Crop {
  left: number;
  top: number;
  /** mirrored left to right */
  flipped: boolean;
}

/** As torchvision's CenterCrop rounds: Python's way, halves to the even side. */
export function centreCrop({ width, height }: Size, imageSize: number): Crop {
  const middle = (length: number) => {
    const all = length - imageSize;
    return all % 4 === 1 ? (all - 1) / 2 : Math.ceil(all / 2);
  };
  return { left: middle(width), top: middle(height), flipped: false };
}

/** How an image's values lie in memory: [3, height, width] or [height, width, 3]. */
export type ImageLayout = 'NCHW' | 'NHWC';

/**
 * Cuts a square out and normalises it: (pixel / 255 − mean) / std, channel by channel.
 * @param target [imageSize, imageSize, 3], or [3, imageSize, imageSize] by layout; filled
 */
export function normaliseCrop(
  { data, width }: Pixels,
  { left, top, flipped }: Crop,
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
  functions.normalise(
    ...[source + (flipped ? rowBytes - 3 : 0), width * 3, flipped ? -3 : 3],
    ...[imageSize, levels, values, pixelBytes, channelBytes],
  );
  target.set(new Float32Array(buffer, values, target.length));
}

const levelBytes = 3 * 256 * 4;

/** [3, 256]: the values of a channel's levels. */
function levelsOf({ mean, std }: Preprocessing): Float32Array {
  return Float32Array.from({ length: 3 * 256 }, (_, index) => {
    const channel = index >> 8;
    return ((index & 255) / 255 - mean[channel]!) / std[channel]!;
  });
}

/**
 * The evaluation path, from an encoded image to what a network takes: resize, centre crop, normalise.
 * @param options layout: NHWC where nothing else is said; maxPixels: largest width × height, before it is decoded;
 *   target: what is filled and returned; onRemark: hears what is unusual about the image
 * @returns [imageSize, imageSize, 3], or [3, imageSize, imageSize] by layout
 * @throws ImageError
 */
export async function preprocess(
  bytes: Uint8Array,
  preprocessing: Preprocessing,
  {
    layout,
    maxPixels,
    target,
    onRemark,
  }: {
    layout?: ImageLayout;
    maxPixels?: number;
    target?: Float32Array;
    onRemark?: (remark: ImageRemark) => void;
  } = {},
): Promise<Float32Array> {
  const { imageSize } = preprocessing;
  const choose = (size: Size) => ({
    ...centreCrop(size, imageSize),
    ...{ width: imageSize, height: imageSize },
  });
  const pixels = await resizeImage(bytes, preprocessing, { maxPixels, choose });
  if (onRemark) pixels.remarks.forEach(onRemark);
  const values = target ?? new Float32Array(imageSize * imageSize * 3);
  normaliseCrop(pixels, { left: 0, top: 0, flipped: false }, preprocessing, values, layout);
  return values;
}

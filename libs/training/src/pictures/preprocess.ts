import type { Preprocessing } from '@coatrack/models';
import type { Pixels } from './decode';
import { resizePicture } from './resize';

export interface Crop {
  left: number;
  top: number;
  /** mirrored left to right */
  flipped: boolean;
}

/** As torchvision's CenterCrop rounds: Python's way, halves to the even side. */
export function centreCrop({ width, height }: Pixels, imageSize: number): Crop {
  const middle = (length: number) => {
    const all = length - imageSize;
    return all % 4 === 1 ? (all - 1) / 2 : Math.ceil(all / 2);
  };
  return { left: middle(width), top: middle(height), flipped: false };
}

/** How a picture's values lie in memory: [3, height, width] or [height, width, 3]. */
export type PictureLayout = 'NCHW' | 'NHWC';

/**
 * Cuts a square out and normalises it: (pixel / 255 − mean) / std, channel by channel.
 * @param target [imageSize, imageSize, 3], or [3, imageSize, imageSize] by layout; filled
 */
export function normaliseCrop(
  { data, width }: Pixels,
  { left, top, flipped }: Crop,
  { imageSize, mean, std }: Preprocessing,
  target: Float32Array,
  layout: PictureLayout = 'NHWC',
): void {
  const scale = std.map((deviation) => 1 / (255 * deviation));
  const shift = mean.map((value, channel) => -value / std[channel]!);
  const [pixelStep, channelStep] = layout === 'NHWC' ? [3, 1] : [1, imageSize * imageSize];
  let to = 0;
  for (let y = 0; y < imageSize; y++) {
    const first = ((top + y) * width + left + (flipped ? imageSize - 1 : 0)) * 3;
    const step = flipped ? -3 : 3;
    for (let x = 0; x < imageSize; x++) {
      const from = first + x * step;
      target[to] = data[from]! * scale[0]! + shift[0]!;
      target[to + channelStep] = data[from + 1]! * scale[1]! + shift[1]!;
      target[to + 2 * channelStep] = data[from + 2]! * scale[2]! + shift[2]!;
      to += pixelStep;
    }
  }
}

/**
 * The evaluation path, from an encoded picture to what a network takes: resize, centre crop, normalise.
 * @param options layout: NHWC where nothing else is said; maxPixels: largest width × height, before it is decoded;
 *   target: what is filled and returned
 * @returns [imageSize, imageSize, 3], or [3, imageSize, imageSize] by layout
 * @throws PictureError
 */
export async function preprocess(
  bytes: Uint8Array,
  preprocessing: Preprocessing,
  {
    layout,
    maxPixels,
    target,
  }: { layout?: PictureLayout; maxPixels?: number; target?: Float32Array } = {},
): Promise<Float32Array> {
  const { imageSize } = preprocessing;
  const pixels = await resizePicture(bytes, preprocessing, { maxPixels });
  const values = target ?? new Float32Array(imageSize * imageSize * 3);
  normaliseCrop(pixels, centreCrop(pixels, imageSize), preprocessing, values, layout);
  return values;
}

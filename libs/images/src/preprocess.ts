import type { ImageRemark } from './decode/remarks';
import { centreCrop, type ImageLayout, normaliseCrop } from './normalise';
import type { Preprocessing } from './preprocessing';
import { decodeToResize, resizeDecoded } from './resize/resize';

interface PreprocessOptions {
  /** NHWC unless given. */
  layout?: ImageLayout;
  /** Largest width × height, before it is decoded. */
  maxPixels?: number;
  /** What is filled and returned. */
  target?: Float32Array;
  /** Hears what is unusual about the image. */
  onRemark?: (remark: ImageRemark) => void;
}

/**
 * The evaluation path, from an encoded image to what a network takes: decode, resize, centre crop, normalise.
 * @returns [imageSize, imageSize, 3], or [3, imageSize, imageSize] by layout
 * @throws ImageError
 */
export async function preprocess(
  bytes: Uint8Array,
  preprocessing: Preprocessing,
  { layout, maxPixels, target, onRemark }: PreprocessOptions = {},
): Promise<Float32Array> {
  const { imageSize, interpolation } = preprocessing;
  const decoded = await decodeToResize(bytes, preprocessing, maxPixels);
  if (onRemark) decoded.remarks.forEach(onRemark);
  const { left, top } = centreCrop(decoded.size, imageSize);
  const area = { left, top, width: imageSize, height: imageSize };
  const pixels = resizeDecoded(decoded, interpolation, area);
  const values = target ?? new Float32Array(imageSize * imageSize * 3);
  normaliseCrop(pixels, { left: 0, top: 0 }, preprocessing, values, layout);
  return values;
}

import type { ImageRemark } from './decode/remarks';
import { centreCrop, type ImageLayout, normaliseCrop } from './normalise';
import type { Preprocessing } from './preprocessing';
import { decodeToResize, resizeDecoded } from './resize/resize';

interface PreprocessOptions {
  /** Layout of the result; NHWC by default. */
  layout?: ImageLayout;
  /** Largest width × height, checked before decoding. */
  maxPixels?: number;
  /** Filled and returned if given. */
  target?: Float32Array;
  /** Called with each unusual property of the image. */
  onRemark?: (remark: ImageRemark) => void;
}

/**
 * Turns an encoded image into a network's input for evaluation: decodes, resizes, crops the centre and normalises.
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

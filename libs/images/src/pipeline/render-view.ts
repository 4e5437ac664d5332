import { augmentPixels, augmentValues, purposes } from '../augment/augment';
import { randomCrop } from '../augment/random-crop';
import { normaliseCrop } from '../normalise';
import type { Pixels } from '../pixels';
import type { Preprocessing } from '../preprocessing';
import { type DecodedImage, decodeToResize, reduceDecoded, resizeDecoded } from '../resize/resize';
import { drawsOf, isFlipped, placeOf, scaleOf, type View } from './view';

/**
 * Decodes an image as far as its views need, and no larger: views of the result are the same to the bit whether it was kept or
 * is decoded each time.
 * @param keep whether it is for more than one view
 * @throws ImageError
 */
export async function decodeForView(
  bytes: Uint8Array,
  { preprocessing, view, keep }: { preprocessing: Preprocessing; view: View; keep: boolean },
): Promise<DecodedImage> {
  const scale = scaleOf(view);
  const imageSize = Math.ceil(preprocessing.imageSize * scale);
  const decoded = await decodeToResize(bytes, { ...preprocessing, imageSize });
  // At the scale of evaluation, resizing a part of it gives the same bits and takes less.
  return keep || scale > 1 ? reduceDecoded(decoded, preprocessing.interpolation) : decoded;
}

/**
 * Makes of a decoded image what a network takes: crop, resize, augment, normalise.
 * @param decoded by decodeForView for a view of the same scale; not changed
 * @param target [imageSize, imageSize, 3]; filled and returned
 */
export function renderView(
  decoded: DecodedImage,
  { preprocessing, view }: { preprocessing: Preprocessing; view: View },
  target: Float32Array = new Float32Array(preprocessing.imageSize ** 2 * 3),
): Float32Array {
  const pixels = squareOf(decoded, preprocessing, view);
  const whole = { left: 0, top: 0 };
  if (view === 'evaluation') {
    normaliseCrop(pixels, whole, preprocessing, target);
    return target;
  }
  const draws = drawsOf(view);
  augmentPixels(pixels, isFlipped(view), view.augmentation, draws);
  normaliseCrop(pixels, whole, preprocessing, target);
  augmentValues(target, preprocessing.imageSize, view.augmentation, draws);
  return target;
}

/** Returns the square that the network sees, in its size: pixels of their own. */
function squareOf(
  decoded: DecodedImage,
  { imageSize, interpolation }: Preprocessing,
  view: View,
): Pixels {
  const square = { width: imageSize, height: imageSize };
  if (view !== 'evaluation' && view.augmentation.cropMin > 0) {
    const draws = drawsOf(view)(purposes.crop);
    const kept = randomCrop(decoded.kept, view.augmentation.cropMin, draws);
    return resizeDecoded({ ...decoded, kept, size: square }, interpolation);
  }
  const { left, top } = placeOf(view, decoded.size, imageSize);
  return resizeDecoded(decoded, interpolation, { left, top, ...square });
}

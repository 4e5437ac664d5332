import { augmentPixels, augmentValues, purposes } from '../augment/augment';
import { randomCrop } from '../augment/random-crop';
import { normaliseCrop } from '../normalise';
import type { Pixels } from '../pixels';
import type { Preprocessing } from '../preprocessing';
import { type DecodedImage, decodeToResize, reduceDecoded, resizeDecoded } from '../resize/resize';
import { drawsOf, isFlipped, placeOf, scaleOf, type View } from './view';

/**
 * Decodes an image only as far as its views need. Views of the result are the same to the bit, whether it was kept or is
 * decoded each time.
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
  // At the scale of evaluation, resizing only a part gives the same bits and takes less time.
  return keep || scale > 1 ? reduceDecoded(decoded, preprocessing.interpolation) : decoded;
}

/**
 * Renders a decoded image as a network's input: crops, resizes, augments and normalises it.
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

/** Returns the square that the network sees, at its input size, in newly allocated pixels. */
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

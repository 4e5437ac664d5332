import { normaliseCrop } from '../normalise';
import type { Pixels } from '../pixels';
import type { Preprocessing } from '../preprocessing';
import { type DecodedImage, resizeDecoded } from '../resize/resize';
import { cropOf, type Random, randomOf, type View } from './view';

/**
 * Changes a decoded image before it is resized, leaving its width and height as they are. Every random choice comes from
 * `random`, so that a resumed training repeats it; the pixels that it is given may be shared and must not be written to.
 */
export type Augment = (pixels: Pixels, random: Random) => Pixels;

/**
 * Makes of a decoded image what a network takes: augment, resize, crop, normalise.
 * @param augment what changes images that are seen at random; those in evaluation are left as they are
 * @returns [imageSize, imageSize, 3]
 */
export function renderView(
  decoded: DecodedImage,
  { preprocessing, view, augment }: { preprocessing: Preprocessing; view: View; augment?: Augment },
): Float32Array {
  const { imageSize, interpolation } = preprocessing;
  const pixels =
    augment && view !== 'evaluation' ? augment(decoded.pixels, randomOf(view)) : decoded.pixels;
  const { left, top, flipped } = cropOf(view, decoded.size, imageSize);
  const area = { left, top, width: imageSize, height: imageSize };
  const resized = resizeDecoded({ ...decoded, pixels }, interpolation, area);
  const values = new Float32Array(imageSize * imageSize * 3);
  normaliseCrop(resized, { left: 0, top: 0, flipped }, preprocessing, values);
  return values;
}

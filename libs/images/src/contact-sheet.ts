import sharp from 'sharp';
import type { Preprocessing } from './preprocessing';

/** Gap between and around the images, in pixels. */
const gap = 4;
const background = 255;

/**
 * Arranges images as a network sees them in a grid with about as many rows as columns.
 * @param values [images, imageSize, imageSize, 3], normalised
 * @returns a WebP file
 */
export function contactSheet(
  values: Float32Array,
  { imageSize, mean, std }: Pick<Preprocessing, 'imageSize' | 'mean' | 'std'>,
): Promise<Buffer> {
  const length = imageSize ** 2 * 3;
  const count = values.length / length;
  const columns = Math.ceil(Math.sqrt(count));
  const rows = Math.ceil(count / columns);
  const width = columns * (imageSize + gap) + gap;
  const height = rows * (imageSize + gap) + gap;
  const data = new Uint8ClampedArray(width * height * 3).fill(background);
  for (let image = 0; image < count; image++) {
    const left = gap + (image % columns) * (imageSize + gap);
    const top = gap + Math.floor(image / columns) * (imageSize + gap);
    for (let y = 0; y < imageSize; y++) {
      const from = image * length + y * imageSize * 3;
      const to = ((top + y) * width + left) * 3;
      for (let at = 0; at < imageSize * 3; at++) {
        const channel = at % 3;
        data[to + at] = (values[from + at]! * std[channel]! + mean[channel]!) * 255;
      }
    }
  }
  return sharp(data, { raw: { width, height, channels: 3 } })
    .webp()
    .toBuffer();
}

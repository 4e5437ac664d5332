import sharp, { type Metadata } from 'sharp';
import { defaultMaxPixels } from '../limits';
import { readBmpHeader } from './bmp-header';
import { nameForeignFormat } from './foreign-formats';
import { type ImageFormat, imageFormatNames, sniffFormat } from './formats';
import { ImageError } from '../image-error';

export interface ImageHeader {
  format: ImageFormat;
  /** upright (after EXIF rotation), in pixels */
  width: number;
  height: number;
  /** EXIF orientation of the stored image: 1 is upright, 2 to 8 are turned or mirrored */
  orientation: number;
  /** whether each channel has 16 bits */
  isDeep: boolean;
  hasAlpha: boolean;
  /** whether the image is CMYK without an ink profile */
  isUnprofiledCmyk: boolean;
  /** whether it is decoded row by row, so that a reduced image is never in memory whole */
  isStreamed: boolean;
}

/**
 * Factor by which the pixel limit is higher for non-progressive JPEGs: they are decoded row by row, at half their size or less.
 */
const halvedPixels = 4;

/**
 * Reads an image's header without decoding it.
 * @param maxPixels largest width × height; four times as many for a JPEG that is not progressive
 * @throws ImageError
 */
export async function readImageHeader(
  bytes: Uint8Array,
  maxPixels: number = defaultMaxPixels,
): Promise<ImageHeader> {
  const format = sniffFormat(bytes);
  const foreign = !format || format === 'tiff' ? nameForeignFormat(bytes) : undefined;
  if (!format || foreign) throw notAnImage(bytes, foreign);
  if (format === 'bmp') {
    const { width, height } = readBmpHeader(bytes);
    checkSize({ width, height }, maxPixels);
    return {
      format,
      width,
      height,
      orientation: 1,
      isDeep: false,
      hasAlpha: true,
      isUnprofiledCmyk: false,
      isStreamed: false,
    };
  }
  let metadata: Metadata;
  try {
    metadata = await sharp(bytes, { limitInputPixels: false }).metadata();
  } catch (error) {
    const message = `Not a readable ${format} image`;
    throw new ImageError(message, 'broken or cut off', { cause: error });
  }
  // libvips also chooses its decoder by the bytes. Both choices must agree.
  if (metadata.format !== (format === 'avif' ? 'heif' : format)) {
    throw new ImageError(`Starts like ${format}, yet is something else`, 'broken or cut off');
  }
  const { width, height } = metadata.autoOrient;
  const isStreamed = (format === 'jpeg' || format === 'png') && !metadata.isProgressive;
  const isHalved = isStreamed && format === 'jpeg';
  checkSize({ width, height }, isHalved ? maxPixels * halvedPixels : maxPixels);
  return {
    format,
    width,
    height,
    orientation: metadata.orientation ?? 1,
    isDeep: metadata.depth === 'ushort' && (format === 'png' || format === 'tiff'),
    hasAlpha: metadata.hasAlpha,
    isUnprofiledCmyk: metadata.space === 'cmyk' && !metadata.icc,
    isStreamed,
  };
}

function notAnImage(bytes: Uint8Array, foreign: ReturnType<typeof nameForeignFormat>): ImageError {
  if (bytes.length === 0) return new ImageError('The file is empty', 'empty');
  if (!foreign) {
    return new ImageError(`Not an image in ${imageFormatNames}`, 'not images');
  }
  const { what, kind, advice } = foreign;
  const rest = advice ?? `images are ${imageFormatNames}`;
  return new ImageError(`The file is ${what}: ${rest}`, advice ? `${kind} (${advice})` : kind);
}

function checkSize({ width, height }: { width: number; height: number }, maxPixels: number): void {
  if (width * height <= maxPixels) return;
  const message = `${width}×${height} pixels are more than the limit of ${maxPixels} pixels`;
  throw new ImageError(message, 'larger than the limit of pixels');
}

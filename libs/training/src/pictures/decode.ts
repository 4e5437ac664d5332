import sharp, { type Metadata, type Sharp } from 'sharp';
import { defaultDatasetLimits } from '../dataset/limits';
import { type PictureFormat, pictureFormats, sniffFormat } from './formats';

/** Bytes that are not a picture, not a whole one, or too large a one. */
export class PictureError extends Error {
  override readonly name = 'PictureError';
}

export interface PictureHeader {
  format: PictureFormat;
  /** upright (after EXIF rotation), in pixels */
  width: number;
  height: number;
}

export interface Pixels {
  /** [height, width, 3], sRGB */
  data: Uint8Array;
  width: number;
  height: number;
}

/**
 * Reads a picture's header; nothing is decoded yet.
 * @param maxPixels largest width × height
 * @throws PictureError
 */
export async function readPictureHeader(
  bytes: Uint8Array,
  maxPixels: number = defaultDatasetLimits.pixels,
): Promise<PictureHeader> {
  const format = sniffFormat(bytes);
  if (!format) throw new PictureError(`Not a picture in ${pictureFormats.join(', ')}`);
  let metadata: Metadata;
  try {
    metadata = await sharp(bytes, { limitInputPixels: false }).metadata();
  } catch (error) {
    throw new PictureError(`Not a readable ${format} picture`, { cause: error });
  }
  // libvips chooses its decoder by the bytes too: here it must have come to the same conclusion.
  if (metadata.format !== (format === 'avif' ? 'heif' : format)) {
    throw new PictureError(`Starts like ${format}, yet is something else`);
  }
  const { width, height } = metadata.autoOrient;
  if (width * height > maxPixels) {
    throw new PictureError(
      `${width}×${height} pixels are more than the limit of ${maxPixels} pixels`,
    );
  }
  return { format, width, height };
}

/**
 * The picture as sharp's pipeline, whatever its format: upright, sRGB, transparency over white.
 * Decoding runs in libuv's pool, off the main thread.
 */
export function openPicture(bytes: Uint8Array, limitInputPixels: number | false = false): Sharp {
  return sharp(bytes, { failOn: 'truncated', limitInputPixels, sequentialRead: true })
    .autoOrient()
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb');
}

/** @throws PictureError when decoding fails */
export async function toPixels(pipeline: Sharp): Promise<Pixels> {
  try {
    const { data, info } = await pipeline
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return { data, width: info.width, height: info.height };
  } catch (error) {
    throw new PictureError('The picture is broken or cut off', { cause: error });
  }
}

/**
 * Decodes a JPEG or PNG of at most so many pixels without a look at its header before: each call into libvips takes a
 * quarter of a millisecond. Nothing else starts like these, so libvips cannot choose another decoder than expected.
 * @returns undefined of other formats and of larger pictures
 * @throws PictureError when decoding fails
 */
export async function decodeSmall(bytes: Uint8Array, pixels: number): Promise<Pixels | undefined> {
  if (!['jpeg', 'png'].includes(sniffFormat(bytes) ?? '')) return undefined;
  try {
    return await toPixels(openPicture(bytes, pixels));
  } catch (error) {
    const { cause } = error as Error;
    if (cause instanceof Error && cause.message.includes('exceeds pixel limit')) return undefined;
    throw error;
  }
}

/**
 * Decodes one picture whole: 1×1, CMYK, greyscale, transparent, 16-bit and EXIF-rotated ones all come out alike.
 * @throws PictureError
 */
export async function decodePicture(
  bytes: Uint8Array,
  { maxPixels }: { maxPixels?: number } = {},
): Promise<Pixels> {
  await readPictureHeader(bytes, maxPixels);
  return toPixels(openPicture(bytes));
}

/**
 * Decodes all of a picture in bounded memory, to see whether it is whole.
 * @throws PictureError
 */
export async function checkPicture(bytes: Uint8Array, maxPixels: number): Promise<PictureHeader> {
  const header = await readPictureHeader(bytes, maxPixels);
  await toPixels(openPicture(bytes).resize(16, 16, { fit: 'fill' }));
  return header;
}

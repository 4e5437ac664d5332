import sharp, { type Metadata, type Sharp } from 'sharp';
import { defaultMaxPixels } from '../limits';
import { decodeBmp, readBmpHeader } from './bmp';
import { nameForeignFormat } from './foreign-formats';
import { type ImageFormat, imageFormatNames, sniffFormat } from './formats';
import { withEndMarker } from './missing-end';
import { turnUpright } from './orientation';
import { ImageError } from '../image-error';
import { rangeFactor } from './significant-bits';

export interface ImageHeader {
  format: ImageFormat;
  /** upright (after EXIF rotation), in pixels */
  width: number;
  height: number;
  /** how the stored image is turned, as EXIF counts: 1 upright, 2 to 8 otherwise */
  orientation: number;
  /** in 16 bits for each channel */
  isDeep: boolean;
  hasAlpha: boolean;
  /** CMYK that says nothing of its inks */
  isUnprofiledCmyk: boolean;
}

export interface Pixels {
  /** [height, width, 3], sRGB */
  data: Uint8Array;
  width: number;
  height: number;
}

/** What is unusual about an image, and was put up with. */
export type ImageRemark = 'end missing' | 'fewer bits' | 'cmyk';

/**
 * JPEGs other than progressive ones are decoded row by row, at half their size or less: as many times more pixels than
 * others they may have.
 */
const halvedPixels = 4;

/**
 * Reads an image's header; nothing is decoded yet.
 * @param maxPixels largest width × height; of a JPEG that is not progressive, four times as many
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
    const flags = { isDeep: false, hasAlpha: true, isUnprofiledCmyk: false };
    return { format, width, height, orientation: 1, ...flags };
  }
  let metadata: Metadata;
  try {
    metadata = await sharp(bytes, { limitInputPixels: false }).metadata();
  } catch (error) {
    const message = `Not a readable ${format} image`;
    throw new ImageError(message, 'broken or cut off', { cause: error });
  }
  // libvips chooses its decoder by the bytes too: here it must have come to the same conclusion.
  if (metadata.format !== (format === 'avif' ? 'heif' : format)) {
    throw new ImageError(`Starts like ${format}, yet is something else`, 'broken or cut off');
  }
  const { width, height } = metadata.autoOrient;
  const isStreamed = format === 'jpeg' && !metadata.isProgressive;
  checkSize({ width, height }, isStreamed ? maxPixels * halvedPixels : maxPixels);
  return {
    format,
    width,
    height,
    orientation: metadata.orientation ?? 1,
    isDeep: metadata.depth === 'ushort' && (format === 'png' || format === 'tiff'),
    hasAlpha: metadata.hasAlpha,
    isUnprofiledCmyk: metadata.space === 'cmyk' && !metadata.icc,
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

interface Opening {
  header: ImageHeader;
  /** what its values are multiplied by */
  factor: number;
}

async function prepare(bytes: Uint8Array, header: ImageHeader): Promise<Opening> {
  try {
    const factor = header.isDeep ? await rangeFactor(bytes, header.hasAlpha) : 1;
    return { header, factor };
  } catch (error) {
    throw broken(error);
  }
}

function broken(cause: unknown): ImageError {
  return new ImageError('The image is broken or cut off', 'broken or cut off', { cause });
}

/** The image as sharp's pipeline, as it is stored: sRGB, transparency over white. */
function open(bytes: Uint8Array, { header, factor }: Opening): Sharp {
  const pipeline = source(bytes, header).flatten({ background: '#ffffff' }).toColourspace('srgb');
  return factor === 1 ? pipeline : pipeline.linear(factor, 0);
}

function source(bytes: Uint8Array, { format }: ImageHeader): Sharp {
  if (format !== 'bmp') {
    return sharp(bytes, { failOn: 'truncated', limitInputPixels: false, sequentialRead: true });
  }
  const header = readBmpHeader(bytes);
  const { width, height } = header;
  const raw = { width, height, channels: 4 } as const;
  return sharp(decodeBmp(bytes, header), { raw, limitInputPixels: false });
}

/**
 * Decodes an image whose header has been read, as it is stored. Decoding runs in libuv's pool, off the main thread.
 * @param shape what is done to it on the way, so that it need not be in memory whole
 * @throws ImageError when it is broken or cut off
 */
export async function renderImage(
  bytes: Uint8Array,
  header: ImageHeader,
  shape: (pipeline: Sharp) => Sharp = (pipeline) => pipeline,
): Promise<Pixels & { remarks: readonly ImageRemark[] }> {
  const opening = await prepare(bytes, header);
  const { value, isEndMissing } = await withEnd(bytes, (whole) =>
    toPixels(shape(open(whole, opening))),
  );
  const remarks: ImageRemark[] = isEndMissing ? ['end missing'] : [];
  if (opening.factor !== 1) remarks.push('fewer bits');
  if (header.isUnprofiledCmyk) remarks.push('cmyk');
  return { ...value, remarks };
}

/** Decodes bytes, or, where that fails, a JPEG with the end marker that it lacks. */
async function withEnd<Value>(
  bytes: Uint8Array,
  decode: (bytes: Uint8Array) => Promise<Value>,
): Promise<{ value: Value; isEndMissing: boolean }> {
  try {
    return { value: await decode(bytes), isEndMissing: false };
  } catch (error) {
    const whole = says(error, 'premature end of JPEG') ? await withEndMarker(bytes) : undefined;
    if (!whole) throw error;
    return { value: await decode(whole), isEndMissing: true };
  }
}

/** Whether libvips gave this reason. */
function says(error: unknown, reason: string): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && cause.message.includes(reason);
}

/** @throws ImageError when decoding fails */
async function toPixels(pipeline: Sharp): Promise<Pixels> {
  try {
    const { data, info } = await pipeline
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return { data, width: info.width, height: info.height };
  } catch (error) {
    throw broken(error);
  }
}

/**
 * Decodes a JPEG or PNG of at most so many pixels, upright, without a look at its header before: each call into libvips
 * takes a quarter of a millisecond. Nothing else starts like these, so libvips cannot choose another decoder than expected.
 * @returns undefined of other formats, of larger images and of those in 16 bits
 * @throws ImageError when decoding fails
 */
export async function decodeSmall(bytes: Uint8Array, pixels: number): Promise<Pixels | undefined> {
  const format = sniffFormat(bytes);
  if (format !== 'jpeg' && format !== 'png') return undefined;
  const bitDepthAt = 24;
  if (format === 'png' && bytes[bitDepthAt] === 16) return undefined;
  const decode = (whole: Uint8Array) =>
    toPixels(
      sharp(whole, { failOn: 'truncated', limitInputPixels: pixels, sequentialRead: true })
        .autoOrient()
        .flatten({ background: '#ffffff' })
        .toColourspace('srgb'),
    );
  try {
    return (await withEnd(bytes, decode)).value;
  } catch (error) {
    if (says(error, 'exceeds pixel limit')) return undefined;
    throw error;
  }
}

/**
 * Decodes one image whole: 1×1, CMYK, greyscale, transparent, 16-bit and EXIF-rotated ones all come out alike.
 * @throws ImageError
 */
export async function decodeImage(
  bytes: Uint8Array,
  { maxPixels }: { maxPixels?: number } = {},
): Promise<Pixels> {
  const header = await readImageHeader(bytes, maxPixels);
  const { data, width, height } = await renderImage(bytes, header);
  return turnUpright({ data, width, height }, header.orientation);
}

/**
 * Decodes all of an image in bounded memory, to see whether it is whole.
 * @throws ImageError
 */
export async function checkImage(
  bytes: Uint8Array,
  maxPixels: number,
): Promise<ImageHeader & { remarks: readonly ImageRemark[] }> {
  const header = await readImageHeader(bytes, maxPixels);
  const { remarks } = await renderImage(bytes, header, (pipeline) =>
    pipeline.resize(16, 16, { fit: 'fill', fastShrinkOnLoad: false }),
  );
  return { ...header, remarks };
}

/**
 * Returns an image as WebP whose longer side is at most `side` pixels, upright, as the networks are given it.
 * @throws ImageError
 */
export async function renderThumbnail(bytes: Uint8Array, side: number): Promise<Buffer> {
  const header = await readImageHeader(bytes, Infinity);
  const stored = await renderImage(bytes, header, (pipeline) =>
    pipeline.resize(side, side, { fit: 'inside', withoutEnlargement: true }),
  );
  const { data, width, height } = turnUpright(stored, header.orientation);
  return sharp(data, { raw: { width, height, channels: 3 } })
    .webp()
    .toBuffer();
}

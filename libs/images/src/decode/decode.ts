import sharp, { type Sharp } from 'sharp';
import { defaultMaxPixels } from '../limits';
import { decodeBmp } from './bmp';
import { readBmpHeader } from './bmp-header';
import { sniffFormat } from './formats';
import { jpegChannels } from './jpeg-channels';
import { isEndMissing, withEndMarker } from './missing-end';
import { turnUpright } from './orientation';
import type { Pixels } from '../pixels';
import { ImageError } from '../image-error';
import { PixelBudget } from './pixel-budget';
import { type ImageHeader, readImageHeader } from './read-header';
import type { ImageRemark } from './remarks';
import { rangeFactor } from './significant-bits';

export interface RemarkedPixels extends Pixels {
  remarks: readonly ImageRemark[];
}

/** Limits the pixels of images that are decoded whole at the same time: one of the largest, or several smaller ones. */
const wholePixels = new PixelBudget(defaultMaxPixels);

/** Decodes an image once there is memory for it. Streamed images keep only a few rows in memory. */
function inBudget<Value>(
  { isStreamed, isDeep, width, height }: ImageHeader,
  lacksEnd: boolean,
  decode: () => Promise<Value>,
): Promise<Value> {
  // Images in 16 bits or without an end marker are first scanned whole.
  return isStreamed && !isDeep && !lacksEnd ? decode() : wholePixels.run(width * height, decode);
}

interface Opening {
  header: ImageHeader;
  /** factor to multiply the image's values by */
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

/** Opens the image as a sharp pipeline in its stored orientation: sRGB, with transparency over white. */
async function open(bytes: Uint8Array, { header, factor }: Opening): Promise<Sharp> {
  const pipeline = await source(bytes, header);
  pipeline.flatten({ background: '#ffffff' }).toColourspace('srgb');
  return factor === 1 ? pipeline : pipeline.linear(factor, 0);
}

async function source(bytes: Uint8Array, { format }: ImageHeader): Promise<Sharp> {
  if (format !== 'bmp') {
    return sharp(bytes, { failOn: 'truncated', limitInputPixels: false, sequentialRead: true });
  }
  const header = readBmpHeader(bytes);
  const raw = { width: header.width, height: header.height, channels: 4 } as const;
  return sharp(await decodeBmp(bytes, header), { raw, limitInputPixels: false });
}

/**
 * Decodes an image whose header has been read, in its stored orientation. Decoding runs in libuv's pool, off the main thread.
 * @param shape applied while decoding, so that the image need not be in memory whole
 * @throws ImageError when it is broken or cut off
 */
export async function renderImage(
  bytes: Uint8Array,
  header: ImageHeader,
  shape: (pipeline: Sharp) => Sharp = (pipeline) => pipeline,
): Promise<RemarkedPixels> {
  // Checked here rather than by libvips: it shares one error buffer between all threads, so an error about missing data may
  // belong to another image.
  const lacksEnd = header.format === 'jpeg' && isEndMissing(bytes);
  const { pixels, factor } = await inBudget(header, lacksEnd, async () => {
    const whole = lacksEnd ? await withEndMarker(bytes) : bytes;
    if (!whole) throw broken('its last scan has no end');
    const opening = await prepare(whole, header);
    const pixels = await toPixels(shape(await open(whole, opening)));
    return { pixels, factor: opening.factor };
  });
  const remarks: ImageRemark[] = lacksEnd ? ['end missing'] : [];
  if (factor !== 1) remarks.push('fewer bits');
  if (header.isUnprofiledCmyk) remarks.push('cmyk');
  return { ...pixels, remarks };
}

/** Returns whether sharp refused the image for its number of pixels. */
function isTooLarge(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && cause.message.includes('exceeds pixel limit');
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
 * Decodes a JPEG or PNG of at most `pixels` pixels, upright. Skips reading the header first: each call into libvips takes a
 * quarter of a millisecond. No other format starts like these two, so libvips cannot choose another decoder than expected.
 * @returns undefined for other formats, larger images, 16-bit images, CMYK, and a JPEG without its end marker
 * @throws ImageError when decoding fails
 */
export async function decodeSmall(
  bytes: Uint8Array,
  pixels: number,
): Promise<RemarkedPixels | undefined> {
  const format = sniffFormat(bytes);
  if (format !== 'jpeg' && format !== 'png') return undefined;
  const bitDepthAt = 24;
  if (format === 'png' && bytes[bitDepthAt] === 16) return undefined;
  if (format === 'jpeg' && (jpegChannels(bytes) === 4 || isEndMissing(bytes))) return undefined;
  try {
    const decoded = await toPixels(
      sharp(bytes, { failOn: 'truncated', limitInputPixels: pixels, sequentialRead: true })
        .autoOrient()
        .flatten({ background: '#ffffff' })
        .toColourspace('srgb'),
    );
    return { ...decoded, remarks: [] };
  } catch (error) {
    if (isTooLarge(error)) return undefined;
    throw error;
  }
}

/**
 * Decodes one image whole. 1×1, CMYK, greyscale, transparent, 16-bit and EXIF-rotated images all give the same kind of result.
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
 * Checks that an image is whole by decoding all of it in bounded memory.
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
 * Returns an image as an upright WebP whose longer side is at most `side` pixels, decoded as for the networks.
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

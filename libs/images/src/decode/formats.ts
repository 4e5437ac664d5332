import { isBmp } from './bmp-header';

/**
 * Formats accepted as images. Formats that may refer to other resources (SVG, PDF) are excluded, so decoding an image never
 * fetches anything.
 */
export const imageFormats = ['jpeg', 'png', 'webp', 'gif', 'avif', 'tiff', 'bmp'] as const;

export type ImageFormat = (typeof imageFormats)[number];

/** The formats as a list in a sentence. */
export const imageFormatNames = 'JPEG, PNG, WebP, GIF, AVIF, TIFF or BMP';

/** @returns the format that the first bytes indicate, undefined for any that is not accepted */
export function sniffFormat(bytes: Uint8Array): ImageFormat | undefined {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 32));
  const text = start.toString('latin1');
  if (text.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
  if (text.startsWith('GIF87a') || text.startsWith('GIF89a')) return 'gif';
  if (text.startsWith('RIFF') && text.startsWith('WEBP', 8)) return 'webp';
  if (/^(II\*\0|MM\0\*|II\+\0|MM\0\+)/.test(text)) return 'tiff';
  if (text.startsWith('ftyp', 4) && /avi[fs]/.test(text.slice(8))) return 'avif';
  if (isBmp(bytes)) return 'bmp';
  return undefined;
}

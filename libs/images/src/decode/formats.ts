import { isBmp } from './bmp-header';

/**
 * What is accepted as an image. Formats that may refer to other resources (SVG, PDF) are not among them, so nothing
 * is ever fetched on behalf of an image.
 */
export const imageFormats = ['jpeg', 'png', 'webp', 'gif', 'avif', 'tiff', 'bmp'] as const;

export type ImageFormat = (typeof imageFormats)[number];

/** As a sentence lists them: "JPEG, PNG, …, TIFF or BMP". */
export const imageFormatNames = 'JPEG, PNG, WebP, GIF, AVIF, TIFF or BMP';

/** @returns the format that the first bytes promise, undefined where it is none of ours */
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

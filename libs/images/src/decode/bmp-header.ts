import { ImageError } from '../image-error';

/** The parsed headers of a BMP. */
export interface BmpHeader {
  width: number;
  height: number;
  /** whether rows run from the top rather than from the bottom */
  topDown: boolean;
  bitsPerPixel: 1 | 2 | 4 | 8 | 16 | 24 | 32;
  compression: number;
  /** offset of the pixels in the file */
  pixelsAt: number;
  /** bit masks of red, green, blue and alpha in a pixel of 16 or 32 bits */
  masks: [number, number, number, number];
  /** [red, green, blue] per colour */
  palette: readonly [number, number, number][];
}

const fileHeaderBytes = 14;
/** Size of the BITMAPCOREHEADER of OS/2 and Windows 2. */
const coreHeaderBytes = 12;
/** Sizes of the BITMAPINFOHEADER and its successors up to BITMAPV5HEADER. */
const infoHeaderBytes = [40, 52, 56, 64, 108, 124];

/** Compression codes for pixel data. */
export const compressions = { none: 0, rle8: 1, rle4: 2, bitFields: 3, alphaBitFields: 6 } as const;

/** Returns whether the first bytes are those of a BMP. */
export function isBmp(bytes: Uint8Array): boolean {
  if (bytes.length < fileHeaderBytes + 4 || bytes[0] !== 0x42 || bytes[1] !== 0x4d) return false;
  const headerBytes = view(bytes).readUInt32LE(fileHeaderBytes);
  return headerBytes === coreHeaderBytes || infoHeaderBytes.includes(headerBytes);
}

/** Returns the same bytes as a Buffer. */
export function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * Reads the headers of a BMP.
 * @throws ImageError
 */
export function readBmpHeader(bytes: Uint8Array): BmpHeader {
  const file = view(bytes);
  try {
    return parseHeader(file);
  } catch (error) {
    if (error instanceof ImageError) throw error;
    throw broken();
  }
}

function parseHeader(file: Buffer): BmpHeader {
  const headerBytes = file.readUInt32LE(fileHeaderBytes);
  const isCore = headerBytes === coreHeaderBytes;
  const width = isCore ? file.readUInt16LE(18) : file.readInt32LE(18);
  const signedHeight = isCore ? file.readUInt16LE(20) : file.readInt32LE(22);
  const bitsPerPixel = file.readUInt16LE(isCore ? 24 : 28);
  const compression = isCore ? compressions.none : file.readUInt32LE(30);
  const height = Math.abs(signedHeight);
  if (width <= 0 || height === 0)
    throw new ImageError('The BMP has no pixels', 'broken or cut off');
  if (!isReadable(bitsPerPixel, compression)) {
    const what = `BMP of ${bitsPerPixel} bits per pixel, compression ${compression}`;
    throw new ImageError(`The image is a ${what}: export it as JPEG or PNG`, 'BMP of a rare form');
  }
  const pixelsAt = file.readUInt32LE(10);
  const headersEnd = fileHeaderBytes + headerBytes;
  return {
    width,
    height,
    topDown: signedHeight < 0,
    bitsPerPixel: bitsPerPixel as BmpHeader['bitsPerPixel'],
    compression,
    pixelsAt,
    masks: masksOf(file, { headerBytes, bitsPerPixel, compression }),
    palette:
      bitsPerPixel > 8 ? [] : readPalette(file, { headersEnd, isCore, bitsPerPixel, pixelsAt }),
  };
}

function isReadable(bitsPerPixel: number, compression: number): boolean {
  if (compression === compressions.rle8) return bitsPerPixel === 8;
  if (compression === compressions.rle4) return bitsPerPixel === 4;
  const { bitFields, alphaBitFields } = compressions;
  if (compression === bitFields || compression === alphaBitFields) {
    return bitsPerPixel === 16 || bitsPerPixel === 32;
  }
  return compression === compressions.none && [1, 2, 4, 8, 16, 24, 32].includes(bitsPerPixel);
}

function masksOf(
  file: Buffer,
  header: { headerBytes: number; bitsPerPixel: number; compression: number },
): BmpHeader['masks'] {
  const { headerBytes, bitsPerPixel, compression } = header;
  if (compression === compressions.none) {
    return bitsPerPixel === 16 ? [0x7c00, 0x3e0, 0x1f, 0] : [0xff0000, 0xff00, 0xff, 0];
  }
  if (compression !== compressions.bitFields && compression !== compressions.alphaBitFields) {
    return [0, 0, 0, 0];
  }
  // Masks come right after the forty bytes of the first info header, whether they belong to the header or follow it.
  const at = fileHeaderBytes + 40;
  const hasAlpha = headerBytes >= 56 || compression === compressions.alphaBitFields;
  const masks = [0, 4, 8].map((offset) => file.readUInt32LE(at + offset));
  return [masks[0]!, masks[1]!, masks[2]!, hasAlpha ? file.readUInt32LE(at + 12) : 0];
}

function readPalette(
  file: Buffer,
  options: { headersEnd: number; isCore: boolean; bitsPerPixel: number; pixelsAt: number },
): BmpHeader['palette'] {
  const { headersEnd, isCore, bitsPerPixel, pixelsAt } = options;
  const entryBytes = isCore ? 3 : 4;
  const claimed = isCore ? 0 : file.readUInt32LE(46);
  const most = Math.floor((Math.min(pixelsAt, file.length) - headersEnd) / entryBytes);
  const count = Math.max(0, Math.min(claimed || 2 ** bitsPerPixel, 2 ** bitsPerPixel, most));
  return Array.from({ length: count }, (_, index) => {
    const at = headersEnd + index * entryBytes;
    return [file[at + 2]!, file[at + 1]!, file[at]!] as [number, number, number];
  });
}

export function broken(): ImageError {
  return new ImageError('The image is broken or cut off', 'broken or cut off');
}

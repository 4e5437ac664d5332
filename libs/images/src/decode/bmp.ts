import { ImageError } from '../image-error';

/** What the headers of a BMP say. */
export interface BmpHeader {
  width: number;
  height: number;
  /** rows run from the top, not from the bottom */
  topDown: boolean;
  bitsPerPixel: 1 | 2 | 4 | 8 | 16 | 24 | 32;
  compression: number;
  /** where the pixels begin */
  pixelsAt: number;
  /** of red, green, blue and alpha, in a pixel of 16 or 32 bits */
  masks: [number, number, number, number];
  /** red, green, blue of each colour */
  palette: readonly [number, number, number][];
}

const fileHeaderBytes = 14;
/** BITMAPCOREHEADER of OS/2 and Windows 2 */
const coreHeaderBytes = 12;
/** BITMAPINFOHEADER, and its successors up to BITMAPV5HEADER */
const infoHeaderBytes = [40, 52, 56, 64, 108, 124];

const compressions = { none: 0, rle8: 1, rle4: 2, bitFields: 3, alphaBitFields: 6 } as const;

export function isBmp(bytes: Uint8Array): boolean {
  if (bytes.length < fileHeaderBytes + 4 || bytes[0] !== 0x42 || bytes[1] !== 0x4d) return false;
  const headerBytes = view(bytes).readUInt32LE(fileHeaderBytes);
  return headerBytes === coreHeaderBytes || infoHeaderBytes.includes(headerBytes);
}

function view(bytes: Uint8Array): Buffer {
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
  // Right behind the forty bytes of the first info header, whether they belong to the header or follow it.
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

/**
 * Decodes a BMP: palettes of 1, 2, 4 and 8 bits, 16, 24 and 32 bits with and without masks, RLE4 and RLE8. Check its size
 * first.
 * @returns [height, width, 4], red, green, blue and alpha
 * @throws ImageError when it is cut off or names colours that it does not have
 */
export function decodeBmp(bytes: Uint8Array, header: BmpHeader = readBmpHeader(bytes)): Uint8Array {
  const file = view(bytes);
  const { compression, bitsPerPixel } = header;
  if (compression === compressions.rle4 || compression === compressions.rle8) {
    return coloured(unpackRuns(file, header), header);
  }
  const { width, height, pixelsAt } = header;
  const rowBytes = Math.ceil((width * bitsPerPixel) / 32) * 4;
  // Some writers leave out the padding of the last row.
  const needed = rowBytes * (height - 1) + Math.ceil((width * bitsPerPixel) / 8);
  if (pixelsAt + needed > file.length) throw broken();
  if (bitsPerPixel <= 8) return coloured(unpackIndices(file, header, rowBytes), header);
  return bitsPerPixel === 24
    ? unpackBytes(file, header, rowBytes)
    : unpackMasked(file, header, rowBytes);
}

function broken(): ImageError {
  return new ImageError('The image is broken or cut off', 'broken or cut off');
}

/** Where a row is in the file, counted from the top of the image. */
function rowAt(header: BmpHeader, row: number, rowBytes: number): number {
  const { height, topDown, pixelsAt } = header;
  return pixelsAt + (topDown ? row : height - 1 - row) * rowBytes;
}

function unpackBytes(file: Buffer, header: BmpHeader, rowBytes: number): Uint8Array {
  const { width, height } = header;
  const pixels = new Uint8Array(width * height * 4);
  for (let row = 0, to = 0; row < height; row++) {
    let from = rowAt(header, row, rowBytes);
    for (let column = 0; column < width; column++, from += 3, to += 4) {
      pixels[to] = file[from + 2]!;
      pixels[to + 1] = file[from + 1]!;
      pixels[to + 2] = file[from]!;
      pixels[to + 3] = 255;
    }
  }
  return pixels;
}

function unpackMasked(file: Buffer, header: BmpHeader, rowBytes: number): Uint8Array {
  const { width, height, masks, bitsPerPixel } = header;
  const pixels = new Uint8Array(width * height * 4);
  const step = bitsPerPixel / 8;
  const fields = masks.map((mask) => {
    const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask);
    return { mask, shift, scale: mask === 0 ? 0 : 255 / (mask >>> shift) };
  });
  let opaque = 0;
  for (let row = 0, to = 0; row < height; row++) {
    let from = rowAt(header, row, rowBytes);
    for (let column = 0; column < width; column++, from += step, to += 4) {
      const value = step === 2 ? file.readUInt16LE(from) : file.readUInt32LE(from);
      for (let channel = 0; channel < 4; channel++) {
        const { mask, shift, scale } = fields[channel]!;
        pixels[to + channel] = Math.round(((value & mask) >>> shift) * scale);
      }
      opaque |= pixels[to + 3]!;
    }
  }
  // No mask, or writers that know of the channel and leave it zero: what is transparent all over is meant to be opaque.
  if (opaque === 0) for (let at = 3; at < pixels.length; at += 4) pixels[at] = 255;
  return pixels;
}

/** @returns [height, width], an index into the palette each */
function unpackIndices(file: Buffer, header: BmpHeader, rowBytes: number): Uint8Array {
  const { width, height, bitsPerPixel } = header;
  const indices = new Uint8Array(width * height);
  const perByte = 8 / bitsPerPixel;
  const mask = 2 ** bitsPerPixel - 1;
  for (let row = 0, to = 0; row < height; row++) {
    const from = rowAt(header, row, rowBytes);
    for (let column = 0; column < width; column++, to++) {
      const byte = file[from + Math.floor(column / perByte)]!;
      indices[to] = (byte >> (8 - bitsPerPixel - (column % perByte) * bitsPerPixel)) & mask;
    }
  }
  return indices;
}

/** RLE4 and RLE8. Pixels that the runs pass over have colour 0. */
function unpackRuns(file: Buffer, header: BmpHeader): Uint8Array {
  const { width, height, pixelsAt, compression, topDown } = header;
  const indices = new Uint8Array(width * height);
  const isRle4 = compression === compressions.rle4;
  let at = pixelsAt;
  let row = 0;
  let column = 0;
  const put = (index: number) => {
    if (row >= height) throw broken();
    // A run may end in padding beyond the row.
    if (column < width) indices[(topDown ? row : height - 1 - row) * width + column] = index;
    column++;
  };
  const next = () => {
    if (at >= file.length) throw broken();
    return file[at++]!;
  };
  const nibble = (byte: number, index: number) => (index % 2 === 0 ? byte >> 4 : byte & 15);
  for (;;) {
    const count = next();
    const value = next();
    if (count > 0) {
      for (let index = 0; index < count; index++) put(isRle4 ? nibble(value, index) : value);
    } else if (value === 0) {
      row++;
      column = 0;
    } else if (value === 1) {
      return indices;
    } else if (value === 2) {
      column += next();
      row += next();
    } else {
      let byte = 0;
      for (let index = 0; index < value; index++) {
        if (!isRle4 || index % 2 === 0) byte = next();
        put(isRle4 ? nibble(byte, index) : byte);
      }
      const used = isRle4 ? Math.ceil(value / 2) : value;
      at += used % 2;
    }
    // Some writers end with the last row.
    if (row >= height && at >= file.length) return indices;
  }
}

/** @throws ImageError when an index is not in the palette */
function coloured(indices: Uint8Array, { palette }: BmpHeader): Uint8Array {
  const pixels = new Uint8Array(indices.length * 4);
  for (let index = 0, to = 0; index < indices.length; index++, to += 4) {
    const colour = palette[indices[index]!];
    if (!colour) throw broken();
    pixels[to] = colour[0];
    pixels[to + 1] = colour[1];
    pixels[to + 2] = colour[2];
    pixels[to + 3] = 255;
  }
  return pixels;
}

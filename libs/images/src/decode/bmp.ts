import { type BmpHeader, broken, compressions, readBmpHeader, view } from './bmp-header';
import { type InTurns, inTurns } from './in-turns';

/** Pixels to process before other work of the thread may run. A single row may hold all of an image's pixels. */
const pixelsPerTurn = 2 ** 16;

const isTurnOver = (pixels: number) => pixels % pixelsPerTurn === 0;

/**
 * Decodes a BMP: palettes of 1, 2, 4 and 8 bits, 16, 24 and 32 bits with and without masks, RLE4 and RLE8. Check its size
 * first.
 * @returns [height, width, 4], red, green, blue and alpha
 * @throws ImageError when it is cut off or names colours that it does not have
 */
export async function decodeBmp(
  bytes: Uint8Array,
  header: BmpHeader = readBmpHeader(bytes),
): Promise<Uint8Array> {
  return inTurns(unpack(view(bytes), header));
}

function* unpack(file: Buffer, header: BmpHeader): InTurns<Uint8Array> {
  const { compression, bitsPerPixel } = header;
  if (compression === compressions.rle4 || compression === compressions.rle8) {
    return yield* coloured(yield* unpackRuns(file, header), header);
  }
  const { width, height, pixelsAt } = header;
  const rowBytes = Math.ceil((width * bitsPerPixel) / 32) * 4;
  // Some writers leave out the padding of the last row.
  const needed = rowBytes * (height - 1) + Math.ceil((width * bitsPerPixel) / 8);
  if (pixelsAt + needed > file.length) throw broken();
  if (bitsPerPixel <= 8) {
    return yield* coloured(yield* unpackIndices(file, header, rowBytes), header);
  }
  return bitsPerPixel === 24
    ? yield* unpackBytes(file, header, rowBytes)
    : yield* unpackMasked(file, header, rowBytes);
}

/** Returns the offset of a row in the file. Rows are counted from the top of the image. */
function rowAt(header: BmpHeader, row: number, rowBytes: number): number {
  const { height, topDown, pixelsAt } = header;
  return pixelsAt + (topDown ? row : height - 1 - row) * rowBytes;
}

function* unpackBytes(file: Buffer, header: BmpHeader, rowBytes: number): InTurns<Uint8Array> {
  const { width, height } = header;
  const pixels = new Uint8Array(width * height * 4);
  for (let row = 0, to = 0; row < height; row++) {
    let from = rowAt(header, row, rowBytes);
    for (let column = 0; column < width; column++, from += 3, to += 4) {
      pixels[to] = file[from + 2]!;
      pixels[to + 1] = file[from + 1]!;
      pixels[to + 2] = file[from]!;
      pixels[to + 3] = 255;
      if (isTurnOver(to >> 2)) yield;
    }
  }
  return pixels;
}

function* unpackMasked(file: Buffer, header: BmpHeader, rowBytes: number): InTurns<Uint8Array> {
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
      if (isTurnOver(to >> 2)) yield;
    }
  }
  // Without a mask, or from writers that leave the channel at zero, alpha is 0 everywhere: the image is meant to be opaque.
  if (opaque === 0) for (let at = 3; at < pixels.length; at += 4) pixels[at] = 255;
  return pixels;
}

/** @returns [height, width], one palette index per pixel */
function* unpackIndices(file: Buffer, header: BmpHeader, rowBytes: number): InTurns<Uint8Array> {
  const { width, height, bitsPerPixel } = header;
  const indices = new Uint8Array(width * height);
  const perByte = 8 / bitsPerPixel;
  const mask = 2 ** bitsPerPixel - 1;
  for (let row = 0, to = 0; row < height; row++) {
    const from = rowAt(header, row, rowBytes);
    for (let column = 0; column < width; column++, to++) {
      const byte = file[from + Math.floor(column / perByte)]!;
      indices[to] = (byte >> (8 - bitsPerPixel - (column % perByte) * bitsPerPixel)) & mask;
      if (isTurnOver(to)) yield;
    }
  }
  return indices;
}

/** Unpacks RLE4 and RLE8. Pixels that the runs skip get colour 0. */
function* unpackRuns(file: Buffer, header: BmpHeader): InTurns<Uint8Array> {
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
  for (let runs = 0; ; runs++) {
    // A run has 255 pixels at most.
    if (isTurnOver(runs * 256)) yield;
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
function* coloured(indices: Uint8Array, { palette }: BmpHeader): InTurns<Uint8Array> {
  // Writes all four bytes of a pixel at once.
  const pixels = new Uint32Array(indices.length);
  const colours = new Uint32Array(
    Uint8Array.from(palette.flatMap((colour) => [...colour, 255])).buffer,
  );
  for (let index = 0; index < indices.length; index++) {
    const colour = indices[index]!;
    if (colour >= colours.length) throw broken();
    pixels[index] = colours[colour]!;
    if (isTurnOver(index)) yield;
  }
  return new Uint8Array(pixels.buffer);
}

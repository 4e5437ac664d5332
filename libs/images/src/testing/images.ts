import { crc32, deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';

export { hue, saturation } from '../augment/operations/colour';
export { mirror, turnOver } from '../augment/operations/geometry';
export { brightness, contrast } from '../augment/operations/levels';
export { policies } from '../augment/policies';
export { resizeDecoded } from '../resize/resize';

type Colour = { r: number; g: number; b: number; alpha?: number };

/** Returns a pipeline for an image of one colour. */
export function plain(width: number, height: number, background: Colour): Sharp {
  const channels = background.alpha === undefined ? 3 : 4;
  return sharp({ create: { width, height, channels, background } });
}

export const red: Colour = { r: 220, g: 30, b: 40 };

export function redPng(): Promise<Buffer> {
  return plain(8, 8, red).png().toBuffer();
}

/** Returns a PNG whose colour depends on a number. */
export function coloured(index: number): Promise<Buffer> {
  return plain(8, 8, { r: (index * 37) % 256, g: (index * 91) % 256, b: 128 })
    .png()
    .toBuffer();
}

/** Returns random pixels. They compress badly, so cutting off some bytes cuts off pixels. */
export function noise(width: number, height: number): Sharp {
  return sharp({
    create: {
      width,
      height,
      channels: 3,
      background: '#000',
      noise: { type: 'gaussian', mean: 128, sigma: 60 },
    },
  });
}

/** Builds a PNG by hand: any size in the header, any depth, and repeating pixels. */
export function rawPng(options: {
  width: number;
  height: number;
  depth: 8 | 16;
  colourType: 'grey' | 'rgb';
  pixel: number[];
  rows?: number;
}): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(options.width, 0);
  header.writeUInt32BE(options.height, 4);
  header[8] = options.depth;
  header[9] = options.colourType === 'grey' ? 0 : 2;
  const row = Buffer.concat([
    Buffer.from([0]),
    ...Array.from({ length: options.width }, () => Buffer.from(options.pixel)),
  ]);
  const rows = Array.from({ length: options.rows ?? options.height }, () => row);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Builds a 16-bit grey TIFF of one value by hand, which sharp cannot write. */
export function rawTiff(width: number, height: number, value: number): Buffer {
  const pixelBytes = width * height * 2;
  const tags = [
    [256, 4, width],
    [257, 4, height],
    [258, 3, 16],
    [259, 3, 1],
    [262, 3, 1],
    [273, 4, 8],
    [277, 3, 1],
    [278, 4, height],
    [279, 4, pixelBytes],
  ] as const;
  const file = Buffer.alloc(8 + pixelBytes + 2 + tags.length * 12 + 4);
  file.write('II*\0', 'latin1');
  file.writeUInt32LE(8 + pixelBytes, 4);
  for (let at = 8; at < 8 + pixelBytes; at += 2) file.writeUInt16LE(value, at);
  file.writeUInt16LE(tags.length, 8 + pixelBytes);
  tags.forEach(([tag, type, content], index) => {
    const at = 8 + pixelBytes + 2 + index * 12;
    file.writeUInt16LE(tag, at);
    file.writeUInt16LE(type, at + 2);
    file.writeUInt32LE(1, at + 4);
    file.writeUInt32LE(content, at + 8);
  });
  return file;
}

/** Returns a chunk of a PNG with its checksum. */
export function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}

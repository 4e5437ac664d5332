import { describe, expect, it } from 'vitest';
import { decodeBmp } from './bmp';
import { isBmp, readBmpHeader } from './bmp-header';
import { decodeImage } from './decode';
import { ImageError } from '../image-error';

interface Form {
  width: number;
  height: number;
  bits: number;
  compression?: number;
  /** 40, or 12 of OS/2 */
  headerBytes?: number;
  masks?: number[];
  /** red, green, blue */
  palette?: number[][];
  data: number[];
}

/** A BMP by hand, from its parts. */
function bmp(form: Form): Buffer {
  const { width, height, bits, compression = 0, headerBytes = 40, masks = [], palette = [] } = form;
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32LE(headerBytes, 0);
  if (headerBytes === 12) {
    header.writeUInt16LE(width, 4);
    header.writeUInt16LE(height, 6);
    header.writeUInt16LE(bits, 10);
  } else {
    header.writeInt32LE(width, 4);
    header.writeInt32LE(height, 8);
    header.writeUInt16LE(bits, 14);
    header.writeUInt32LE(compression, 16);
    header.writeUInt32LE(palette.length, 32);
  }
  const maskBytes = Buffer.alloc(masks.length * 4);
  masks.forEach((mask, index) => maskBytes.writeUInt32LE(mask, index * 4));
  const colours = palette.map(([r, g, b]) => [b!, g!, r!, ...(headerBytes === 12 ? [] : [0])]);
  const before = Buffer.concat([header, maskBytes, Buffer.from(colours.flat())]);
  const start = Buffer.alloc(14);
  start.write('BM');
  start.writeUInt32LE(14 + before.length, 10);
  return Buffer.concat([start, before, Buffer.from(form.data)]);
}

/** Lists the pixels from the top left, with alpha if it is not 255. */
async function pixels(file: Buffer): Promise<string> {
  const data = await decodeBmp(file);
  const all: string[] = [];
  for (let at = 0; at < data.length; at += 4) {
    all.push([...data.subarray(at, at + (data[at + 3] === 255 ? 3 : 4))].join(','));
  }
  return all.join(' ');
}

const black = '0,0,0';
const red = '255,0,0';
const green = '0,255,0';
const blue = '0,0,255';
const colours = [
  [0, 0, 0],
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
];

describe('decodeBmp', () => {
  it.each<[string, Form, string]>([
    [
      '24 bits, from the bottom, rows in fours',
      { width: 1, height: 2, bits: 24, data: [255, 0, 0, 0, 0, 0, 255, 0] },
      `${red} ${blue}`,
    ],
    [
      '24 bits from the top, without the last padding',
      { width: 1, height: -2, bits: 24, data: [255, 0, 0, 0, 0, 0, 255] },
      `${blue} ${red}`,
    ],
    [
      '32 bits whose fourth is unused',
      { width: 2, height: 1, bits: 32, data: [0, 0, 255, 0, 0, 255, 0, 9] },
      `${red} ${green}`,
    ],
    [
      '32 bits with alpha',
      {
        width: 2,
        height: 1,
        bits: 32,
        compression: 3,
        headerBytes: 56,
        data: [0, 0, 255, 255, 0, 255, 0, 128],
      },
      `${red} 0,255,0,128`,
    ],
    [
      '16 bits, five for each',
      { width: 2, height: 1, bits: 16, data: [0x00, 0x7c, 0xe0, 0x03] },
      `${red} ${green}`,
    ],
    [
      '16 bits, six for green',
      {
        width: 2,
        height: 1,
        bits: 16,
        compression: 3,
        masks: [0xf800, 0x7e0, 0x1f],
        data: [0xe0, 0x07, 0x1f, 0x00],
      },
      `${green} ${blue}`,
    ],
    [
      '8 bits',
      { width: 3, height: 1, bits: 8, palette: colours, data: [3, 0, 1, 0] },
      `${blue} ${black} ${red}`,
    ],
    [
      '4 bits',
      { width: 3, height: 1, bits: 4, palette: colours, data: [0x30, 0x10, 0, 0] },
      `${blue} ${black} ${red}`,
    ],
    [
      '2 bits',
      { width: 3, height: 1, bits: 2, palette: colours, data: [0b11000100, 0, 0, 0] },
      `${blue} ${black} ${red}`,
    ],
    [
      '1 bit',
      { width: 3, height: 1, bits: 1, palette: colours.slice(0, 2), data: [0b10100000, 0, 0, 0] },
      `${red} ${black} ${red}`,
    ],
    [
      'OS/2',
      {
        width: 2,
        height: 1,
        bits: 8,
        headerBytes: 12,
        palette: colours,
        data: [1, 2, 0, 0],
      },
      `${red} ${green}`,
    ],
    [
      'RLE8: a run, literals, an end of line, a jump',
      {
        width: 3,
        height: 2,
        bits: 8,
        compression: 1,
        palette: colours,
        data: [2, 1, 0, 2, 1, 1, 1, 2, 0, 1],
      },
      `${black} ${black} ${black} ${red} ${red} ${black}`,
    ],
    [
      'RLE4',
      {
        width: 5,
        height: 1,
        bits: 4,
        compression: 2,
        palette: colours,
        data: [2, 0x12, 0, 3, 0x31, 0x20, 0, 1],
      },
      `${red} ${green} ${blue} ${red} ${green}`,
    ],
  ])('reads %s', async (_, form, expected) => {
    const file = bmp({ ...form, masks: form.headerBytes === 56 ? [] : form.masks });
    if (form.headerBytes === 56) {
      [0xff0000, 0xff00, 0xff, 0xff000000].forEach((mask, index) =>
        file.writeUInt32LE(mask, 54 + index * 4),
      );
    }
    expect(isBmp(file)).toBe(true);
    expect(await pixels(file)).toBe(expected);
  });

  it.each<[string, Buffer]>([
    ['cut off', bmp({ width: 1, height: 2, bits: 24, data: [255, 0, 0, 0] })],
    [
      'a colour that is not there',
      bmp({ width: 1, height: 1, bits: 8, palette: [[0, 0, 0]], data: [7, 0, 0, 0] }),
    ],
    ['no pixels', bmp({ width: 0, height: 1, bits: 24, data: [] })],
    ['JPEG inside', bmp({ width: 1, height: 1, bits: 24, compression: 4, data: [0, 0, 0, 0] })],
    [
      'runs beyond the image',
      bmp({
        width: 1,
        height: 1,
        bits: 8,
        compression: 1,
        palette: colours,
        data: [0, 0, 1, 1, 0, 1],
      }),
    ],
    [
      'runs without an end',
      bmp({ width: 9, height: 9, bits: 8, compression: 1, palette: colours, data: [1, 1] }),
    ],
  ])('refuses %s', async (_, file) => {
    await expect(decodeBmp(file)).rejects.toThrow(ImageError);
  });

  it.each<[string, Partial<Form>]>([
    ['24 bits', { bits: 24 }],
    ['32 bits', { bits: 32 }],
    ['8 bits', { bits: 8, palette: colours }],
    ['24 bits in one row', { bits: 24, width: 16 * 2 ** 20, height: 1 }],
  ])('lets other work of the thread come in between: %s', async (_, form) => {
    const file = bmp({ width: 4096, height: 4096, bits: 24, data: [], ...form });
    const bytes = (form.bits! / 8) * 4096 ** 2;
    const decoding = decodeBmp(Buffer.concat([file, Buffer.alloc(bytes)]));
    let decoded = false;
    void decoding.then(() => (decoded = true));
    let turns = 0;
    for (; !decoded; turns++) await new Promise((resolve) => setImmediate(resolve));
    expect((await decoding).length).toBe(4 * 4096 ** 2);
    // Decoded in one go it is over before the second turn.
    expect(turns).toBeGreaterThan(1);
  });

  it('is not asked to decode more than allowed', async () => {
    const file = bmp({ width: 50_000, height: 50_000, bits: 1, palette: colours, data: [] });
    expect(readBmpHeader(file)).toMatchObject({ width: 50_000, height: 50_000 });
    await expect(decodeImage(file)).rejects.toThrow('50000×50000 pixels are more');
  });

  it('is not taken for text that begins with BM', () => {
    expect(isBmp(Buffer.from('BMW cars are listed in this file, one per line'))).toBe(false);
  });
});

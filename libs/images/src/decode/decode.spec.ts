import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { chunk, noise, plain, rawPng, rawTiff, red } from '../testing/images';
import { checkImage, decodeImage } from './decode';
import { ImageError } from '../image-error';
import { readImageHeader } from './read-header';

const firstPixel = async (bytes: Uint8Array) => [...(await decodeImage(bytes)).data.slice(0, 3)];
const near = (expected: number[]) => expected.map((value) => expect.closeTo(value, -1));

describe('decodeImage', () => {
  it('makes sRGB of whatever comes', async () => {
    const { r, g, b } = red;
    const encoded = {
      png: await plain(4, 3, red).png().toBuffer(),
      cmyk: await plain(4, 3, red).toColourspace('cmyk').jpeg().toBuffer(),
      webp: await plain(4, 3, red).webp({ lossless: true }).toBuffer(),
      gif: await plain(4, 3, red).gif().toBuffer(),
      avif: await plain(4, 3, red).avif({ lossless: true }).toBuffer(),
      tiff: await plain(4, 3, red).tiff({ compression: 'lzw' }).toBuffer(),
    };
    for (const [format, bytes] of Object.entries(encoded)) {
      const { data, width, height } = await decodeImage(bytes);
      expect([width, height, data.length], format).toEqual([4, 3, 36]);
      // The conversion to CMYK and back is not exact.
      const tolerance = format === 'cmyk' ? 40 : 4;
      [r, g, b].forEach((value, channel) => {
        expect(Math.abs(data[channel]! - value), format).toBeLessThanOrEqual(tolerance);
      });
    }
  });

  it('spreads grey over three channels and takes the upper byte of 16-bit pixels', async () => {
    const size = { width: 4, height: 3, depth: 16 } as const;
    const grey = rawPng({ ...size, colourType: 'grey', pixel: [0x80, 0] });
    expect(await firstPixel(grey)).toEqual(near([128, 128, 128]));
    const rgb = rawPng({ ...size, colourType: 'rgb', pixel: [0x80, 0, 0x40, 0, 0x20, 0] });
    expect(await firstPixel(rgb)).toEqual(near([128, 64, 32]));
  });

  it.each([
    [12, 4095, undefined],
    [10, 1000, undefined],
    [8, 200, undefined],
    [12, 700, 12],
    [16, 40_000, 12],
  ])('stretches %d bits in 16 to the whole range: %d, sBIT %s', async (bits, value, stated) => {
    const plainPng = rawPng({
      width: 4,
      height: 3,
      depth: 16,
      colourType: 'grey',
      pixel: [value >> 8, value & 255],
    });
    const sBit = chunk('sBIT', Buffer.from([stated ?? 16]));
    const headerEnd = 33;
    const bytes = stated
      ? Buffer.concat([plainPng.subarray(0, headerEnd), sBit, plainPng.subarray(headerEnd)])
      : plainPng;
    const expected = Math.round((value / (2 ** bits - 1)) * 255);
    const [grey] = await firstPixel(bytes);
    expect(Math.abs(grey! - expected)).toBeLessThanOrEqual(1);
    if (stated === undefined) {
      const [same] = await firstPixel(rawTiff(4, 3, value));
      expect(Math.abs(same! - expected)).toBeLessThanOrEqual(1);
    }
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('turns orientation %d as libvips does', async (orientation) => {
    const stored = await noise(7, 5).png().toBuffer();
    const turned = await sharp(stored).withMetadata({ orientation }).png().toBuffer();
    const expected = await sharp(turned).autoOrient().removeAlpha().raw().toBuffer();
    const { data } = await decodeImage(turned);
    expect(Buffer.from(data).equals(expected)).toBe(true);
  });

  it.each([{}, { progressive: true }, { chromaSubsampling: '4:4:4' }])(
    'takes a JPEG without its end marker: %j',
    async (options) => {
      const whole = await noise(100, 120).jpeg(options).toBuffer();
      const cut = whole.subarray(0, -2);
      expect((await decodeImage(cut)).data).toEqual((await decodeImage(whole)).data);
      const { remarks } = await checkImage(cut, 1e6);
      expect(remarks).toEqual(['end missing']);
      for (const left of [whole.length - 60, whole.length / 2]) {
        await expect(checkImage(whole.subarray(0, left), 1e6)).rejects.toThrow('cut off');
      }
    },
  );

  it('takes JPEGs without their end marker while others are decoded', async () => {
    const whole = await noise(40, 40).jpeg().toBuffer();
    const checks = Array.from({ length: 200 }, (_, index) =>
      checkImage(index % 2 === 0 ? whole : whole.subarray(0, -2), 1e6),
    );
    const remarks = (await Promise.all(checks)).map((header) => header.remarks.length);
    expect(remarks).toEqual(checks.map((_, index) => index % 2));
  });

  it('lays transparent pixels over white', async () => {
    const clear = await plain(4, 3, { ...red, alpha: 0 })
      .png()
      .toBuffer();
    expect(await firstPixel(clear)).toEqual([255, 255, 255]);
  });

  it('turns images upright', async () => {
    // The image is stored on its right side: the left half of the wide image is the lower half of the upright one.
    const left = await plain(8, 8, { r: 0, g: 0, b: 255 }).png().toBuffer();
    const stored = plain(16, 8, red).composite([{ input: left, left: 0, top: 0 }]);
    const bytes = await stored.withMetadata({ orientation: 8 }).png().toBuffer();
    const { data, width, height } = await decodeImage(bytes);
    expect([width, height]).toEqual([8, 16]);
    expect([...data.slice(0, 3)]).toEqual([red.r, red.g, red.b]);
    expect([...data.slice(-3)]).toEqual([0, 0, 255]);
  });
});

it('knows what is decoded row by row, and what only whole', async () => {
  const image = noise(40, 30);
  const isStreamed = async (bytes: Buffer) => (await readImageHeader(bytes)).isStreamed;
  expect(await isStreamed(await image.clone().jpeg().toBuffer())).toBe(true);
  expect(await isStreamed(await image.clone().png().toBuffer())).toBe(true);
  expect(await isStreamed(await image.clone().jpeg({ progressive: true }).toBuffer())).toBe(false);
  expect(await isStreamed(await image.clone().png({ progressive: true }).toBuffer())).toBe(false);
  for (const format of ['webp', 'avif', 'gif', 'tiff'] as const) {
    expect(await isStreamed(await image.clone().toFormat(format).toBuffer()), format).toBe(false);
  }
});

describe('what is refused', () => {
  it.each(['jpeg', 'png', 'webp', 'gif', 'avif', 'tiff'] as const)('%s cut off', async (format) => {
    const whole = await noise(100, 100).toFormat(format).toBuffer();
    await expect(checkImage(whole, 1e6)).resolves.toMatchObject({ width: 100, format });
    for (const length of [whole.length - 1000, whole.length >> 1, 40]) {
      const cut = whole.subarray(0, length);
      await expect(checkImage(cut, 1e6)).rejects.toThrow(ImageError);
      await expect(decodeImage(cut)).rejects.toThrow(ImageError);
    }
  });

  it('too many pixels, by the header alone', async () => {
    const claims = { width: 50_000, height: 50_000, depth: 8, colourType: 'rgb' } as const;
    const huge = rawPng({ ...claims, pixel: [0, 0, 0], rows: 1 });
    await expect(readImageHeader(huge)).rejects.toThrow('50000×50000 pixels');
    await expect(readImageHeader(huge, 3e9)).resolves.toMatchObject({ width: 50_000 });
  });

  it('more pixels of a JPEG than of others, for it is shrunk while it is decoded', async () => {
    const large = await plain(600, 400, red).jpeg().toBuffer();
    await expect(readImageHeader(large, 100_000)).resolves.toMatchObject({ width: 600 });
    await expect(readImageHeader(large, 50_000)).rejects.toThrow('600×400 pixels');
    const progressive = await plain(600, 400, red).jpeg({ progressive: true }).toBuffer();
    await expect(readImageHeader(progressive, 100_000)).rejects.toThrow('600×400 pixels');
  });

  it.each([
    ['an image in HEIC', '\0\0\0\x18ftypheic\0\0\0\0mif1heic'],
    ['an image in HEIC', '\0\0\0\x18ftypmif1\0\0\0\0heicmif1'],
    ['an image in JPEG XL', '\xff\x0a\xff'],
    ['an image in JPEG 2000', '\0\0\0\x0cjP  \r\n\x87\n'],
    ['an image in Photoshop (PSD)', '8BPS\0\x01'],
    ['an image in ICO', '\0\0\x01\0\x01\0'],
    ["a camera's raw file", 'II*\0\x10\0\0\0CR\x02\0'],
    ["a camera's raw file", '\0\0\0\x18ftypcrx \0\0\0\x01'],
    ['a video', '\0\0\0\x20ftypisom\0\0\x02\0isomiso2'],
    ['a video', '\x1a\x45\xdf\xa3'],
    ['a web page', '\n<!DOCTYPE html><html>'],
    ['a Git LFS pointer', 'version https://git-lfs.github.com/spec/v1'],
    ['an archive within the archive', 'PK\x03\x04'],
    ['an SVG drawing', '<?xml version="1.0"?>\n<!-- made by hand --><svg xmlns="">'],
  ])('%s, by its name', async (what, start) => {
    const bytes = Buffer.concat([Buffer.from(start, 'latin1'), Buffer.alloc(64)]);
    await expect(decodeImage(bytes)).rejects.toThrow(`The file is ${what}`);
  });

  it('raw files in the form of TIFF, whose first image is a small preview', async () => {
    const tiff = Buffer.from(await plain(8, 8, red).tiff().toBuffer());
    const directory = tiff.readUInt32LE(4);
    expect((await decodeImage(tiff)).width).toBe(8);
    // Replaces some other tag by DNGVersion.
    tiff.writeUInt16LE(50706, directory + 2);
    await expect(decodeImage(tiff)).rejects.toThrow("a camera's raw file");
  });

  it('formats that could refer to other resources', async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>';
    await expect(decodeImage(Buffer.from(svg))).rejects.toThrow('an SVG drawing');
    await expect(decodeImage(Buffer.from('%PDF-1.7'))).rejects.toThrow('a PDF');
  });
});

import { describe, expect, it } from 'vitest';
import { noise, plain, rawPng, red } from '../testing/pictures';
import { checkPicture, decodePicture, readPictureHeader } from './decode';
import { PictureError } from './picture-error';

const firstPixel = async (bytes: Uint8Array) => [...(await decodePicture(bytes)).data.slice(0, 3)];
const near = (expected: number[]) => expected.map((value) => expect.closeTo(value, -1));

describe('decodePicture', () => {
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
      const { data, width, height } = await decodePicture(bytes);
      expect([width, height, data.length], format).toEqual([4, 3, 36]);
      // The way to CMYK and back is not exact.
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

  it('lays transparent pixels over white', async () => {
    const clear = await plain(4, 3, { ...red, alpha: 0 })
      .png()
      .toBuffer();
    expect(await firstPixel(clear)).toEqual([255, 255, 255]);
  });

  it('turns pictures upright', async () => {
    // Lying on its right side: stored wide, the left half is the picture's lower half.
    const left = await plain(8, 8, { r: 0, g: 0, b: 255 }).png().toBuffer();
    const stored = plain(16, 8, red).composite([{ input: left, left: 0, top: 0 }]);
    const bytes = await stored.withMetadata({ orientation: 8 }).png().toBuffer();
    const { data, width, height } = await decodePicture(bytes);
    expect([width, height]).toEqual([8, 16]);
    expect([...data.slice(0, 3)]).toEqual([red.r, red.g, red.b]);
    expect([...data.slice(-3)]).toEqual([0, 0, 255]);
  });
});

describe('what is refused', () => {
  it.each(['jpeg', 'png', 'webp', 'gif', 'avif', 'tiff'] as const)('%s cut off', async (format) => {
    const whole = await noise(100, 100).toFormat(format).toBuffer();
    await expect(checkPicture(whole, 1e6)).resolves.toMatchObject({ width: 100, format });
    for (const length of [whole.length - 1000, whole.length >> 1, 40]) {
      const cut = whole.subarray(0, length);
      await expect(checkPicture(cut, 1e6)).rejects.toThrow(PictureError);
      await expect(decodePicture(cut)).rejects.toThrow(PictureError);
    }
  });

  it('too many pixels, by the header alone', async () => {
    const claims = { width: 50_000, height: 50_000, depth: 8, colourType: 'rgb' } as const;
    const huge = rawPng({ ...claims, pixel: [0, 0, 0], rows: 1 });
    await expect(readPictureHeader(huge)).rejects.toThrow('50000×50000 pixels');
    await expect(readPictureHeader(huge, 3e9)).resolves.toMatchObject({ width: 50_000 });
  });

  it('formats that could refer to other resources', async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>';
    await expect(decodePicture(Buffer.from(svg))).rejects.toThrow('an SVG drawing');
    await expect(decodePicture(Buffer.from('%PDF-1.7'))).rejects.toThrow('a PDF');
  });
});

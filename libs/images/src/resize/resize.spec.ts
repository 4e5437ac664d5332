import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { noise, plain, red } from '../testing/images';
import { decodeImage } from '../decode/decode';
import type { Pixels } from '../pixels';
import type { Preprocessing } from '../preprocessing';
import { decodeToResize, resizeDecoded } from './resize';

const preprocessing = {
  imageSize: 32,
  cropPercent: 0.875,
  interpolation: 'bicubic' as const,
  mean: [0, 0, 0] as [number, number, number],
  std: [1, 1, 1] as [number, number, number],
};

async function resizeImage(bytes: Uint8Array, wanted: Preprocessing): Promise<Pixels> {
  return resizeDecoded(await decodeToResize(bytes, wanted), wanted.interpolation);
}

/** Applies PIL's antialiased bicubic resampling along the rows, in floats (Resample.c: a = −0.5, support 2·scale). */
function resizeRows(source: number[][], target: number): number[][] {
  const scale = source.length / target;
  const spread = Math.max(scale, 1);
  const cubic = (x: number) => {
    const t = Math.abs(x);
    if (t < 1) return (1.5 * t - 2.5) * t * t + 1;
    return t < 2 ? ((-0.5 * t + 2.5) * t - 4) * t + 2 : 0;
  };
  return Array.from({ length: target }, (_, row) => {
    const centre = (row + 0.5) * scale;
    const weights = source.map((__, index) => cubic((index + 0.5 - centre) / spread));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return source[0]!.map((__, column) =>
      weights.reduce((total, weight, i) => total + (weight / sum) * source[i]![column]!, 0),
    );
  });
}

const transpose = (rows: number[][]) =>
  rows[0]!.map((_, column) => rows.map((row) => row[column]!));

function red2d({ data, width, height }: Pixels): number[][] {
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (__, x) => data[(y * width + x) * 3]!),
  );
}

describe('resizing', () => {
  it.each([
    ['up', 24, 24, undefined],
    ['down', 150, 150, undefined],
    ['one side up and one down', 24, 150, 'squash' as const],
  ])('comes close to PIL when scaling %s', async (_, width, height, cropMode) => {
    const smooth = await noise(width, height).blur(1.5).png().toBuffer();
    const resized = red2d(await resizeImage(smooth, { ...preprocessing, cropMode }));
    const source = red2d(await decodeImage(smooth));
    const expected = transpose(resizeRows(transpose(resizeRows(source, 36)), 36));
    const differences = expected.flatMap((row, y) =>
      row.map((value, x) => Math.abs(Math.min(Math.max(value, 0), 255) - resized[y]![x]!)),
    );
    const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
    expect(mean).toBeLessThan(0.8);
    expect(Math.max(...differences)).toBeLessThan(4);
  });

  it('brings the shorter side to imageSize / cropPercent', async () => {
    const wide = await plain(90, 60, red).jpeg().toBuffer();
    expect(await resizeImage(wide, preprocessing)).toMatchObject({ width: 54, height: 36 });
    const speck = await plain(1, 1, red).png().toBuffer();
    expect(await resizeImage(speck, preprocessing)).toMatchObject({ width: 36, height: 36 });
  });

  it('keeps the middle of a long strip, upright', async () => {
    const middle = await plain(4, 100, { r: 0, g: 0, b: 255 }).png().toBuffer();
    const strip = await plain(4, 3000, red)
      .composite([{ input: middle, left: 0, top: 1450 }])
      .png()
      .toBuffer();
    const lying = await sharp(strip).rotate(90).withMetadata({ orientation: 8 }).png().toBuffer();
    for (const bytes of [strip, lying]) {
      const pixels = await resizeImage(bytes, preprocessing);
      expect(pixels).toMatchObject({ width: 36, height: 144 });
      expect([...pixels.data.slice(0, 3)]).toEqual([0, 0, 255]);
    }
  });
});

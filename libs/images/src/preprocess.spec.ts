import { describe, expect, it } from 'vitest';
import { plain } from './testing/images';
import { centreCrop, normaliseCrop } from './normalise';
import { preprocess } from './preprocess';

const preprocessing = {
  imageSize: 32,
  cropPercent: 0.875,
  interpolation: 'bicubic' as const,
  mean: [0.5, 0.4, 0.3] as [number, number, number],
  std: [0.2, 0.25, 0.5] as [number, number, number],
};

describe('preprocess', () => {
  it('normalises each channel', async () => {
    const bytes = await plain(50, 40, { r: 255, g: 0, b: 51 }).png().toBuffer();
    const values = await preprocess(bytes, preprocessing);
    expect(values).toHaveLength(32 * 32 * 3);
    [2.5, -1.6, -0.2].forEach((value, channel) => {
      expect(values[channel]).toBeCloseTo(value, 5);
      expect(values.at(channel - 3)).toBeCloseTo(value, 5);
    });
  });

  it('lays the values out by channel where asked to', async () => {
    const bytes = await plain(40, 40, { r: 255, g: 0, b: 51 }).png().toBuffer();
    const values = await preprocess(bytes, preprocessing, { layout: 'NCHW' });
    [2.5, -1.6, -0.2].forEach((value, channel) => {
      expect(values[channel * 32 * 32]).toBeCloseTo(value, 5);
      expect(values[(channel + 1) * 32 * 32 - 1]).toBeCloseTo(value, 5);
    });
  });

  it('crops the middle, or elsewhere', () => {
    // Red counts columns, green counts rows.
    const data = Uint8Array.from({ length: 6 * 4 * 3 }, (_, index) => {
      const position = Math.floor(index / 3);
      return [position % 6, Math.floor(position / 6), 0][index % 3]!;
    });
    const identity = {
      ...preprocessing,
      imageSize: 2,
      mean: [0, 0, 0],
      std: [1 / 255, 1 / 255, 1 / 255],
    };
    const cut = (crop: ReturnType<typeof centreCrop>) => {
      const values = new Float32Array(2 * 2 * 3);
      normaliseCrop({ data, width: 6, height: 4 }, crop, identity as typeof preprocessing, values);
      return [...values].filter((_, index) => index % 3 < 2).map(Math.round);
    };
    expect(cut(centreCrop({ width: 6, height: 4 }, 2))).toEqual([2, 1, 3, 1, 2, 2, 3, 2]);
    expect(cut({ left: 4, top: 2 })).toEqual([4, 2, 5, 2, 4, 3, 5, 3]);
  });

  it("rounds the middle to where Python's round does", () => {
    const lefts = [0, 1, 2, 3, 4, 5, 6, 7].map((more) => {
      return centreCrop({ width: 32 + more, height: 32 }, 32).left;
    });
    expect(lefts).toEqual([0, 0, 1, 2, 2, 2, 3, 4]);
  });
});

import { beforeAll, describe, expect, it } from 'vitest';
import { normaliseCrop } from '../normalise';
import { type DecodedImage, decodeToResize, resizeDecoded } from '../resize/resize';
import { noise } from '../testing/images';
import { renderView } from './render-view';
import { cropOf, firstFreePurpose, type RandomView } from './view';

const preprocessing = {
  imageSize: 32,
  cropPercent: 0.8,
  interpolation: 'bicubic' as const,
  mean: [0.5, 0.4, 0.3] as const,
  std: [0.2, 0.25, 0.5] as const,
};

const view: RandomView = { seed: 3, epoch: 1, index: 0, flip: true };

let decoded: DecodedImage;

beforeAll(async () => {
  decoded = await decodeToResize(await noise(90, 70).png().toBuffer(), preprocessing);
});

describe('renderView', () => {
  it('resizes no more than the crop, to the same bits as the crop of the whole', () => {
    const whole = resizeDecoded(decoded, 'bicubic');
    for (let index = 0; index < 50; index++) {
      const expected = new Float32Array(32 * 32 * 3);
      const crop = cropOf({ ...view, index }, whole, 32);
      normaliseCrop(whole, crop, preprocessing, expected);
      expect(renderView(decoded, { preprocessing, view: { ...view, index } })).toEqual(expected);
    }
  });

  it('augments before it resizes, by seed, epoch and image, and leaves evaluation alone', () => {
    const drawn: number[] = [];
    const render = (epoch: number) =>
      renderView(decoded, {
        preprocessing,
        view: { ...view, epoch },
        augment: ({ data, width, height }, random) => {
          drawn.push(random(firstFreePurpose));
          return { data: data.map((value) => 255 - value), width, height };
        },
      });
    const inverted = { ...decoded.pixels, data: decoded.pixels.data.map((value) => 255 - value) };
    expect(render(1)).toEqual(
      renderView({ ...decoded, pixels: inverted }, { preprocessing, view }),
    );
    expect([render(1), render(2)][0]).toEqual(render(1));
    expect(drawn[1]).toBe(drawn[0]);
    expect(drawn[2]).not.toBe(drawn[0]);
    const augment = () => expect.fail('evaluation is not augmented');
    renderView(decoded, { preprocessing, view: 'evaluation', augment });
  });
});

describe('cropOf', () => {
  it('flips half of the time, and crops all over the image', () => {
    const crops = Array.from({ length: 1000 }, (_, index) =>
      cropOf({ ...view, index }, { width: 18, height: 20 }, 16),
    );
    expect(crops.filter(({ flipped }) => flipped).length).toBeGreaterThan(430);
    expect(crops.filter(({ flipped }) => flipped).length).toBeLessThan(570);
    expect(new Set(crops.map(({ left }) => left))).toEqual(new Set([0, 1, 2]));
    expect(new Set(crops.map(({ top }) => top))).toEqual(new Set([0, 1, 2, 3, 4]));
  });
});

import { beforeAll, describe, expect, it } from 'vitest';
import { type Augmentation, noAugmentation } from '../augment/augmentation';
import { normaliseCrop } from '../normalise';
import { type DecodedImage, decodeToResize, resizeDecoded } from '../resize/resize';
import { noise, plain } from '../testing/images';
import { decodeForView, renderView } from './render-view';
import { isFlipped, placeOf, type RandomView, type View } from './view';

const preprocessing = {
  imageSize: 32,
  cropPercent: 0.8,
  interpolation: 'bicubic' as const,
  mean: [0.5, 0.4, 0.3] as const,
  std: [0.2, 0.25, 0.5] as const,
};

const view: RandomView = {
  seed: 3,
  epoch: 1,
  index: 0,
  augmentation: { ...noAugmentation, flip: true },
};

/** All augmentations at once, at full strength. */
const strongest: Augmentation = {
  cropMin: 0.05,
  flip: true,
  verticalFlip: true,
  policy: 'randaugment',
  magnitude: 30,
  layers: 8,
  colorJitter: 1,
  hueJitter: 0.5,
  cutout: 1,
  erasing: 1,
};

let file: Buffer;
let decoded: DecodedImage;

beforeAll(async () => {
  file = await noise(90, 70).png().toBuffer();
  decoded = await decodeToResize(file, preprocessing);
});

/** Renders a view from the file. */
async function seen(bytes: Buffer, shown: View, keep = false): Promise<Float32Array> {
  const image = await decodeForView(bytes, { preprocessing, view: shown, keep });
  return renderView(image, { preprocessing, view: shown });
}

describe('renderView', () => {
  it('without augmentation, shows the bits of a part of the whole resized image', () => {
    const whole = resizeDecoded(decoded, 'bicubic');
    for (let index = 0; index < 50; index++) {
      const own = { ...view, index };
      const expected = new Float32Array(32 * 32 * 3);
      normaliseCrop(whole, placeOf(own, whole, 32), preprocessing, expected);
      const rows = Array.from({ length: 32 }, (_, y) =>
        Array.from({ length: 32 }, (_, x) => [...expected.subarray((y * 32 + x) * 3).slice(0, 3)]),
      );
      const mirrored = isFlipped(own) ? rows.map((row) => row.reverse()) : rows;
      expect([...renderView(decoded, { preprocessing, view: own })]).toEqual(mirrored.flat(2));
    }
  });

  it.each<[string, Partial<Augmentation>]>([
    ['crop', { cropMin: 0.35 }],
    ['vertical flip', { verticalFlip: true }],
    ['randaugment', { policy: 'randaugment', magnitude: 10, layers: 2 }],
    ['trivialaugment', { policy: 'trivialaugment' }],
    ['color jitter', { colorJitter: 0.4 }],
    ['hue jitter', { hueJitter: 0.1 }],
    ['cutout', { cutout: 0.5 }],
    ['erasing', { erasing: 0.5 }],
  ])('with %s, depends on seed, epoch and image, and on nothing else', async (_, part) => {
    const augmentation = { ...noAugmentation, ...part };
    const own = { ...view, augmentation };
    const shown = await Promise.all(
      Array.from({ length: 20 }, (_, index) => seen(file, { ...own, index })),
    );
    // Again, in another order, between other views, of an image that is kept.
    const kept = await decodeForView(file, { preprocessing, view: own, keep: true });
    for (let index = 19; index >= 0; index--) {
      renderView(kept, { preprocessing, view: { ...own, index, augmentation: strongest } });
      expect(renderView(kept, { preprocessing, view: { ...own, index } })).toEqual(shown[index]);
    }
    const others = [{ seed: 4 }, { epoch: 2 }].map((change) =>
      Array.from({ length: 20 }, (_, index) =>
        renderView(kept, { preprocessing, view: { ...own, ...change, index } }),
      ),
    );
    for (const other of others) expect(other).not.toEqual(shown);
    expect(new Set(shown.map((values) => values.join())).size).toBeGreaterThan(1);
  });

  it('changes no image in evaluation, and none that is kept', async () => {
    const kept = await decodeForView(file, { preprocessing, view: 'evaluation', keep: true });
    const before = renderView(kept, { preprocessing, view: 'evaluation' });
    const pixels = kept.pixels.data.slice();
    const augmentation = { ...strongest, cropMin: 0 };
    for (let index = 0; index < 20; index++) {
      renderView(kept, { preprocessing, view: { ...view, index, augmentation } });
    }
    expect(kept.pixels.data).toEqual(pixels);
    expect(renderView(kept, { preprocessing, view: 'evaluation' })).toEqual(before);
    expect(await seen(file, 'evaluation')).toEqual(before);
  });

  it.each([
    [1, 1],
    [1, 300],
    [2, 2],
    [3000, 2],
  ])('shows an image of %i × %i pixels under the strongest augmentation', async (width, height) => {
    const bytes = await plain(width, height, { r: 200, g: 100, b: 50 }).png().toBuffer();
    for (let index = 0; index < 20; index++) {
      const values = await seen(bytes, { ...view, index, augmentation: strongest });
      expect(values).toHaveLength(32 * 32 * 3);
      expect(values.every(Number.isFinite)).toBe(true);
    }
  });

  it('crops out of a larger image than evaluation needs, so that a crop has its pixels', async () => {
    const bytes = await noise(400, 300).png().toBuffer();
    const augmentation = { ...noAugmentation, cropMin: 0.25 };
    const own = { ...view, augmentation };
    const forCrops = await decodeForView(bytes, { preprocessing, view: own, keep: true });
    const { width, height } = forCrops.pixels;
    expect([width, height]).toEqual([106, 80]);
  });
});

describe('a view', () => {
  it('is flipped half of the time, and lies all over the image', () => {
    const views = Array.from({ length: 1000 }, (_, index) => ({ ...view, index }));
    const places = views.map((own) => placeOf(own, { width: 18, height: 20 }, 16));
    expect(views.filter(isFlipped).length).toBeGreaterThan(430);
    expect(views.filter(isFlipped).length).toBeLessThan(570);
    expect(new Set(places.map(({ left }) => left))).toEqual(new Set([0, 1, 2]));
    expect(new Set(places.map(({ top }) => top))).toEqual(new Set([0, 1, 2, 3, 4]));
  });
});

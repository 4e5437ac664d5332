import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeImage, Draws, type Pixels } from '@coatrack/images';
import {
  brightness,
  contrast,
  hue,
  mirror,
  policies,
  resizeDecoded,
  saturation,
  turnOver,
} from '@coatrack/images/testing';
import { beforeAll, describe, expect, it } from 'vitest';

type Case =
  | { policy: 'randaugment' | 'trivialaugment'; row: string; share: number; sign: number }
  | { jitter: 'brightness' | 'contrast' | 'saturation' | 'hue'; argument: number }
  | { mirror: 'x' | 'y' }
  | {
      crop: [left: number, top: number, width: number, height: number];
      interpolation: 'bilinear' | 'bicubic';
    };

const folder = join(__dirname, 'fixtures/augmentation');
const cases = JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8')) as Case[];
const tables = JSON.parse(readFileSync(join(folder, 'tables.json'), 'utf8')) as Record<
  string,
  number | number[]
>;
const names = ['face', 'screen'] as const;

const images = {} as Record<(typeof names)[number], { source: Pixels; results: Pixels }>;

beforeAll(async () => {
  for (const name of names) {
    const source = await decodeImage(await readFile(join(folder, `${name}.source.png`)));
    const results = await decodeImage(await readFile(join(folder, `${name}.webp`)));
    images[name] = { source, results };
  }
});

const jitters = { brightness, contrast, saturation, hue };

/** Returns what a case makes of an image, which may be changed. */
function applied(test: Case, image: Pixels): Pixels {
  if ('crop' in test) {
    const [left, top, width, height] = test.crop;
    const { width: across, height: down } = image;
    const size = { width: across, height: down };
    const kept = { left, top, width, height };
    return resizeDecoded({ pixels: image, kept, size, remarks: [] }, test.interpolation);
  }
  if ('policy' in test) {
    const { apply, argument } = policies[test.policy].rows[test.row]!;
    const strength = { share: test.share, sign: test.sign, side: 128 };
    apply(image, argument?.(strength) ?? 0, new Draws(0));
  } else if ('jitter' in test) {
    jitters[test.jitter](image, test.argument);
  } else {
    (test.mirror === 'x' ? mirror : turnOver)(image);
  }
  return image;
}

describe.each(names)('augmentation parity with PIL and torchvision: %s', (name) => {
  it.each(cases.map((test, place) => [JSON.stringify(test), test, place] as const))(
    '%s',
    (_, test, place) => {
      const { source, results } = images[name];
      const { width, height } = source;
      const copy = { data: Uint8Array.from(source.data), width, height };
      const { data } = applied(test, copy);
      const expected = results.data.subarray(place * data.length, (place + 1) * data.length);
      const pixels = data.length / 3;
      const wrong = Array.from({ length: pixels }, (_, pixel) => pixel * 3).filter((at) =>
        [0, 1, 2].some((channel) => Math.abs(data[at + channel]! - expected[at + channel]!) > 1),
      );
      expect(wrong.length / pixels).toBeLessThanOrEqual(0.001);
    },
  );
});

describe('TrivialAugment', () => {
  it('has the operations of torchvision, in their order', () => {
    expect(Object.keys(policies.trivialaugment.rows)).toEqual(Object.keys(tables));
  });

  it.each(Object.entries(tables))('%s has the strengths of torchvision', (name, magnitudes) => {
    const { argument } = policies.trivialaugment.rows[name]!;
    if (typeof magnitudes === 'number') return expect(argument).toBeUndefined();
    const isFactor = ['Brightness', 'Color', 'Contrast', 'Sharpness'].includes(name);
    // torchvision makes whole pixels of translations where it applies them; its 16 is a little less in 32 bits.
    const isWhole = name.startsWith('Translate');
    magnitudes.forEach((magnitude, bin) => {
      const ours = argument!({ share: bin / 30, sign: 1, side: 128 });
      const theirs = isWhole ? Math.trunc(magnitude + 1e-4) : magnitude + Number(isFactor);
      expect(ours).toBeCloseTo(theirs, 4);
    });
  });
});

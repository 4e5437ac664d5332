import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Pixels } from '../pixels';
import { Draws } from '../random';
import { coveredArea, cutOut, eraseAtRandom } from './holes';
import { sharpness } from './operations/sharpness';
import { applyPolicy, policies } from './policies';
import { randomCrop } from './random-crop';

function image(width: number, height: number, seed = 1): Pixels {
  const draws = new Draws(seed);
  const data = Uint8Array.from({ length: width * height * 3 }, () => draws.integer(256));
  return { data, width, height };
}

const rows = [policies.randaugment, policies.trivialaugment].flatMap(({ rows }) =>
  Object.entries(rows),
);

describe('policies', () => {
  it.each(rows)('%s takes images of every size at every strength', (_, { apply, argument }) => {
    for (const [width, height] of [
      [1, 1],
      [2, 1],
      [1, 5],
      [7, 7],
    ] as const) {
      for (const share of [0, 0.5, 1, 3]) {
        for (const sign of [1, -1]) {
          const changed = image(width, height);
          apply(changed, argument?.({ share, sign, side: width }) ?? 0, new Draws(1));
          expect(changed.data).toHaveLength(width * height * 3);
        }
      }
    }
  });

  it('randaugment at magnitude 0 leaves geometry alone, and has the ranges of the release at 10', () => {
    const { rows } = policies.randaugment;
    const at = (name: string, share: number, side = 128) =>
      rows[name]!.argument!({ share, sign: 1, side });
    for (const name of ['Rotate', 'ShearX', 'ShearY', 'TranslateX', 'TranslateY', 'Cutout']) {
      const unchanged = image(9, 9);
      rows[name]!.apply(unchanged, at(name, 0), new Draws(1));
      expect(unchanged).toEqual(image(9, 9));
    }
    const ranges = ['Rotate', 'Posterize', 'Solarize', 'Color', 'ShearX', 'TranslateX', 'Cutout'];
    expect(ranges.map((name) => at(name, 1))).toEqual([30, 4, 256, 0.1 + 1.8, 0.3, 100, 40]);
    expect(at('Rotate', 1.5)).toBe(45);
    expect(at('SolarizeAdd', 1)).toBe(110);
    expect(['TranslateX', 'Cutout'].map((name) => at(name, 1, 64))).toEqual([50, 20]);
  });

  it('an image gets as many operations as there are layers, each equally often', () => {
    const chosen = new Map<number, number>();
    const count = 4000;
    for (let index = 0; index < count; index++) {
      const once = image(4, 4);
      applyPolicy(once, { policy: 'randaugment', magnitude: 10, layers: 0 }, new Draws(index));
      expect(once).toEqual(image(4, 4));
      const first = new Draws(index).integer(16);
      chosen.set(first, (chosen.get(first) ?? 0) + 1);
    }
    expect(chosen.size).toBe(16);
    for (const times of chosen.values()) expect(times).toBeGreaterThan(count / 16 / 2);
  });
});

describe('holes', () => {
  it('cutout covers up to its share of the side, with values in [0, 1]', () => {
    for (let seed = 0; seed < 50; seed++) {
      const values = new Float32Array(16 * 16 * 3).fill(-1);
      cutOut(values, 16, 0.5, new Draws(seed));
      const changed = values.filter((value) => value !== -1);
      expect(changed.length).toBeGreaterThanOrEqual(4 * 4 * 3);
      expect(changed.length).toBeLessThanOrEqual(8 * 8 * 3);
      expect(changed.every((value) => value >= 0 && value < 1)).toBe(true);
    }
  });

  it('erasing sets 2 to 33 % of the area to the mean, as often as its probability says', () => {
    let erased = 0;
    for (let seed = 0; seed < 400; seed++) {
      const values = new Float32Array(32 * 32 * 3).fill(1);
      eraseAtRandom(values, 32, 0.25, new Draws(seed));
      const share = values.filter((value) => value === 0).length / values.length;
      if (share === 0) continue;
      erased++;
      expect(share).toBeGreaterThan(0.015);
      expect(share).toBeLessThan(0.36);
    }
    expect(erased).toBeGreaterThan(60);
    expect(erased).toBeLessThan(140);
  });

  it('lie within the image, whatever its size', () => {
    fc.assert(
      fc.property(fc.nat(20), fc.nat(20), fc.nat(30), fc.nat(), (w, h, reach, seed) => {
        const [width, height] = [w + 1, h + 1];
        const area = coveredArea({ width, height }, reach, new Draws(seed));
        expect(Math.min(area.left, area.top, area.width, area.height)).toBeGreaterThanOrEqual(0);
        expect(area.left + area.width).toBeLessThanOrEqual(width);
        expect(area.top + area.height).toBeLessThanOrEqual(height);
      }),
    );
  });
});

describe('randomCrop', () => {
  it('lies within the image, has an area in its range and an aspect of 3:4 to 4:3', () => {
    const within = { left: 7, top: 3, width: 400, height: 300 };
    for (let seed = 0; seed < 300; seed++) {
      const { left, top, width, height } = randomCrop(within, 0.35, new Draws(seed));
      expect(left).toBeGreaterThanOrEqual(7);
      expect(top).toBeGreaterThanOrEqual(3);
      expect(left + width).toBeLessThanOrEqual(407);
      expect(top + height).toBeLessThanOrEqual(303);
      expect((width * height) / (400 * 300)).toBeGreaterThan(0.345);
      expect(width / height).toBeGreaterThan(0.74);
      expect(width / height).toBeLessThan(1.35);
    }
  });

  it('of a strip takes the widest part of the middle that has such an aspect', () => {
    const strip = { left: 0, top: 0, width: 1000, height: 30 };
    const crop = randomCrop(strip, 0.9, new Draws(1));
    expect(crop).toEqual({ left: 480, top: 0, width: 40, height: 30 });
  });
});

describe('sharpness', () => {
  it('leaves the outermost pixels, and images of less than 3 × 3, as they are', () => {
    for (const [width, height] of [
      [2, 9],
      [9, 2],
    ] as const) {
      const small = image(width, height);
      sharpness(small, 0);
      expect(small).toEqual(image(width, height));
    }
    const changed = image(3, 3);
    sharpness(changed, 0);
    const same = changed.data.filter((value, at) => value === image(3, 3).data[at]);
    expect(same.length).toBeGreaterThanOrEqual(24);
  });
});

describe('Draws', () => {
  it('has the means and deviations of its distributions', () => {
    const mean = (values: number[]) =>
      values.reduce((sum, value) => sum + value, 0) / values.length;
    for (const [draw, expected, deviation] of [
      [(draws: Draws) => draws.uniform(2, 4), 3, 1 / Math.sqrt(3)],
      [(draws: Draws) => draws.normal(), 0, 1],
      [(draws: Draws) => draws.gamma(0.2), 0.2, Math.sqrt(0.2)],
      [(draws: Draws) => draws.gamma(3), 3, Math.sqrt(3)],
      [(draws: Draws) => draws.beta(0.2), 0.5, Math.sqrt(1 / (4 * 1.4))],
      [(draws: Draws) => draws.beta(1), 0.5, Math.sqrt(1 / 12)],
    ] as const) {
      const draws = new Draws(5);
      const values = Array.from({ length: 20_000 }, () => draw(draws));
      expect(mean(values)).toBeCloseTo(expected, 1);
      const variance = mean(values.map((value) => (value - expected) ** 2));
      expect(Math.sqrt(variance)).toBeCloseTo(deviation, 1);
    }
  });
});

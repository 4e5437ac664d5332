import type { Preprocessing } from '../preprocessing';

/** Weights that compute the positions along an axis from those of another length. */
export interface ResamplingWeights {
  /** [positions], the first source position of each */
  firsts: Int32Array;
  /** [positions, taps], weights of the source positions from there on, with 22 fractional bits; they sum to 1 */
  weights: Int32Array;
  taps: number;
}

const one = 2 ** 22;

const filters: Record<
  Preprocessing['interpolation'],
  { support: number; weight: (x: number) => number }
> = {
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: {
    support: 2,
    weight: (x) => {
      const a = -0.5;
      const t = Math.abs(x);
      if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
      return t < 2 ? (((t - 5) * t + 8) * t - 4) * a : 0;
    },
  },
};

/**
 * Returns PIL's weights (Resample.c, precompute_coeffs) for the positions [first, first + count) of an axis of `length`
 * positions resized to `resized`.
 */
export function resamplingWeights(
  length: number,
  resized: number,
  first: number,
  count: number,
  interpolation: Preprocessing['interpolation'],
): ResamplingWeights {
  const { support, weight } = filters[interpolation];
  const scale = length / resized;
  const spread = Math.max(scale, 1);
  const reach = support * spread;
  const centreOf = (position: number) => (first + position + 0.5) * scale;
  const fromOf = (centre: number) => Math.max(0, Math.trunc(centre - reach + 0.5));
  const toOf = (centre: number) => Math.min(length, Math.trunc(centre + reach + 0.5));
  let taps = 0;
  for (let position = 0; position < count; position++) {
    const centre = centreOf(position);
    taps = Math.max(taps, toOf(centre) - fromOf(centre));
  }
  const firsts = new Int32Array(count);
  const weights = new Int32Array(count * taps);
  const own = new Float64Array(taps);
  for (let position = 0; position < count; position++) {
    const centre = centreOf(position);
    const from = fromOf(centre);
    const to = toOf(centre);
    let sum = 0;
    for (let at = from; at < to; at++) {
      own[at - from] = weight((at - centre + 0.5) / spread);
      sum += own[at - from]!;
    }
    // All windows have the same length and lie within the axis. Surplus positions get weight 0.
    firsts[position] = Math.min(from, length - taps);
    const start = position * taps + from - firsts[position]!;
    for (let at = 0; at < to - from; at++) {
      const exact = (own[at]! / sum) * one;
      weights[start + at] = Math.trunc(exact < 0 ? exact - 0.5 : exact + 0.5);
    }
  }
  return { firsts, weights, taps };
}

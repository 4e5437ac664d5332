import type { Matrix } from './on-engine';

export interface Calibration {
  /** Factor that turns scores into logits: the reciprocal of the temperature. */
  scale: number;
  /** Mean cross-entropy of the logits in nats. */
  loss: number;
}

const limits = { low: 1e-3, high: 1e4 };
const mostSteps = 60;
/** Relative tolerance of the scale. No number of images determines it more finely. */
const tolerance = 1e-4;

/**
 * Fits the scale that minimises the cross-entropy of scores, which is convex, by Newton's method between bounds. The scores
 * must come from images that the fit has not seen. The fit adds one image that may be of any class with equal probability,
 * because scores that are all right would lead to an infinite scale.
 * @param scores [images, classes]
 * @param start initial scale
 */
export function calibrate(scores: Matrix, labels: readonly number[], start = 10): Calibration {
  let { low, high } = limits;
  let scale = start;
  for (let step = 0; step < mostSteps; step++) {
    const { slope, curvature } = slopeAt(scale, scores, labels);
    if (slope > 0) high = scale;
    else low = scale;
    const newton = scale - slope / curvature;
    const next = newton > low && newton < high ? newton : Math.sqrt(low * high);
    const moved = Math.abs(next - scale);
    scale = next;
    if (moved <= tolerance * scale) break;
  }
  return { scale, loss: lossAt(scale, scores, labels) };
}

function slopeAt(scale: number, { columns, values }: Matrix, labels: readonly number[]) {
  const smoothing = 1 / (labels.length + 1);
  let slope = 0;
  let curvature = 0;
  for (const [row, label] of labels.entries()) {
    const own = values.subarray(row * columns, (row + 1) * columns);
    let highest = -Infinity;
    let mean = 0;
    for (let column = 0; column < columns; column++) {
      highest = Math.max(highest, own[column]!);
      mean += own[column]! / columns;
    }
    let [total, first, second] = [0, 0, 0];
    for (let column = 0; column < columns; column++) {
      const from = own[column]! - highest;
      const weight = Math.exp(scale * from);
      total += weight;
      first += weight * from;
      second += weight * from * from;
    }
    const expected = first / total;
    const target = (1 - smoothing) * own[label]! + smoothing * mean - highest;
    slope += expected - target;
    curvature += second / total - expected * expected;
  }
  return { slope, curvature };
}

function lossAt(scale: number, { columns, values }: Matrix, labels: readonly number[]): number {
  let loss = 0;
  for (const [row, label] of labels.entries()) {
    const own = values.subarray(row * columns, (row + 1) * columns);
    let highest = -Infinity;
    for (let column = 0; column < columns; column++) highest = Math.max(highest, own[column]!);
    let total = 0;
    for (let column = 0; column < columns; column++) {
      total += Math.exp(scale * (own[column]! - highest));
    }
    loss += Math.log(total) + scale * (highest - own[label]!);
  }
  return loss / labels.length;
}

import { loadUpTo4, madd, splat, storeUpTo4 } from './vector-math';

/** Floats per work item of sumOfSquares. */
const BLOCK: i32 = 4096;

/** The sum of the squares of each block of values, for blocks [start, end), as doubles: sums[block]. */
export function sumOfSquares(
  values: usize,
  count: i32,
  sums: usize,
  start: i32,
  end: i32,
  _thread: i32,
): void {
  for (let block = start; block < end; block++) {
    const last = min(count, (block + 1) * BLOCK);
    let squares = splat(0);
    for (let i = block * BLOCK; i < last; i += 4) {
      const value = loadUpTo4(values + (i << 2), last - i);
      squares = madd(value, value, squares);
    }
    store<f64>(
      sums + (block << 3),
      <f64>f32x4.extract_lane(squares, 0) +
        <f64>f32x4.extract_lane(squares, 1) +
        <f64>f32x4.extract_lane(squares, 2) +
        <f64>f32x4.extract_lane(squares, 3),
    );
  }
}

/** A running average: rate·average + (1−rate)·value. */
@inline function averaged(average: v128, value: v128, rate: f32): v128 {
  return madd(average, splat(rate), f32x4.mul(value, splat(1 - rate)));
}

/** Returns the scaled gradient plus the parameter's weight decay. */
@inline function withDecay(gradient: v128, scale: f32, parameter: v128, weightDecay: f32): v128 {
  return madd(parameter, splat(weightDecay), f32x4.mul(gradient, splat(scale)));
}

/** AdamW with decoupled decay over floats [start, end), in place; `decay` is learning rate times weight decay. */
export function adamW(
  parameter: usize,
  gradient: usize,
  first: usize,
  second: usize,
  gradientScale: f32,
  beta1: f32,
  beta2: f32,
  stepSize: f32,
  secondCorrection: f32,
  epsilon: f32,
  decay: f32,
  start: i32,
  end: i32,
  _thread: i32,
): void {
  for (let i = start; i < end; i += 4) {
    const n = end - i;
    const at = i << 2;
    const g = f32x4.mul(loadUpTo4(gradient + at, n), splat(gradientScale));
    const p = loadUpTo4(parameter + at, n);
    const m = averaged(loadUpTo4(first + at, n), g, beta1);
    const v = averaged(loadUpTo4(second + at, n), f32x4.mul(g, g), beta2);
    const root = f32x4.add(f32x4.sqrt(f32x4.mul(v, splat(secondCorrection))), splat(epsilon));
    const decayed = f32x4.mul(p, splat(1 - decay));
    storeUpTo4(first + at, m, n);
    storeUpTo4(second + at, v, n);
    storeUpTo4(
      parameter + at,
      f32x4.sub(decayed, f32x4.div(f32x4.mul(m, splat(stepSize)), root)),
      n,
    );
  }
}

/** SGD over floats [start, end), in place: velocity = momentum·velocity + gradient + weightDecay·parameter. */
export function sgd(
  parameter: usize,
  gradient: usize,
  velocity: usize,
  gradientScale: f32,
  learningRate: f32,
  momentum: f32,
  nesterov: i32,
  weightDecay: f32,
  start: i32,
  end: i32,
  _thread: i32,
): void {
  for (let i = start; i < end; i += 4) {
    const n = end - i;
    const at = i << 2;
    const p = loadUpTo4(parameter + at, n);
    const g = withDecay(loadUpTo4(gradient + at, n), gradientScale, p, weightDecay);
    const v = madd(loadUpTo4(velocity + at, n), splat(momentum), g);
    const direction = nesterov ? madd(v, splat(momentum), g) : v;
    storeUpTo4(velocity + at, v, n);
    storeUpTo4(parameter + at, f32x4.sub(p, f32x4.mul(direction, splat(learningRate))), n);
  }
}

/** RMSProp with the epsilon inside the root over floats [start, end), in place; the momentum holds the learning rate. */
export function rmsProp(
  parameter: usize,
  gradient: usize,
  meanSquare: usize,
  momentum: usize,
  gradientScale: f32,
  learningRate: f32,
  rho: f32,
  momentumRate: f32,
  epsilon: f32,
  weightDecay: f32,
  start: i32,
  end: i32,
  _thread: i32,
): void {
  for (let i = start; i < end; i += 4) {
    const n = end - i;
    const at = i << 2;
    const p = loadUpTo4(parameter + at, n);
    const g = withDecay(loadUpTo4(gradient + at, n), gradientScale, p, weightDecay);
    const s = averaged(loadUpTo4(meanSquare + at, n), f32x4.mul(g, g), rho);
    const step = f32x4.div(
      f32x4.mul(g, splat(learningRate)),
      f32x4.sqrt(f32x4.add(s, splat(epsilon))),
    );
    const m = madd(loadUpTo4(momentum + at, n), splat(momentumRate), step);
    storeUpTo4(meanSquare + at, s, n);
    storeUpTo4(momentum + at, m, n);
    storeUpTo4(parameter + at, f32x4.sub(p, m), n);
  }
}

/** average = average − share·(average − value) over floats [start, end), in place. */
export function movingAverage(
  average: usize,
  value: usize,
  share: f32,
  start: i32,
  end: i32,
  _thread: i32,
): void {
  for (let i = start; i < end; i += 4) {
    const n = end - i;
    const at = i << 2;
    const a = loadUpTo4(average + at, n);
    const difference = f32x4.sub(a, loadUpTo4(value + at, n));
    storeUpTo4(average + at, f32x4.sub(a, f32x4.mul(difference, splat(share))), n);
  }
}

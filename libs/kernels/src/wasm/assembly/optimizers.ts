import { loadUpTo4, madd, splat, storeUpTo4 } from './vector-math';

/** AdamW with decoupled decay over floats [start, end); `decay` is learning rate times weight decay. */
export function adamW(
  parameter: usize,
  gradient: usize,
  first: usize,
  second: usize,
  newParameter: usize,
  newFirst: usize,
  newSecond: usize,
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
    const m = madd(loadUpTo4(first + at, n), splat(beta1), f32x4.mul(g, splat(1 - beta1)));
    const v = madd(
      loadUpTo4(second + at, n),
      splat(beta2),
      f32x4.mul(f32x4.mul(g, g), splat(1 - beta2)),
    );
    const root = f32x4.add(f32x4.sqrt(f32x4.mul(v, splat(secondCorrection))), splat(epsilon));
    const decayed = f32x4.mul(p, splat(1 - decay));
    storeUpTo4(newFirst + at, m, n);
    storeUpTo4(newSecond + at, v, n);
    storeUpTo4(
      newParameter + at,
      f32x4.sub(decayed, f32x4.div(f32x4.mul(m, splat(stepSize)), root)),
      n,
    );
  }
}

/** SGD with momentum over floats [start, end): velocity = momentum·velocity + gradient + weightDecay·parameter. */
export function sgd(
  parameter: usize,
  gradient: usize,
  velocity: usize,
  newParameter: usize,
  newVelocity: usize,
  gradientScale: f32,
  learningRate: f32,
  momentum: f32,
  weightDecay: f32,
  nesterov: i32,
  start: i32,
  end: i32,
  _thread: i32,
): void {
  for (let i = start; i < end; i += 4) {
    const n = end - i;
    const at = i << 2;
    const p = loadUpTo4(parameter + at, n);
    const g = madd(
      p,
      splat(weightDecay),
      f32x4.mul(loadUpTo4(gradient + at, n), splat(gradientScale)),
    );
    const v = madd(loadUpTo4(velocity + at, n), splat(momentum), g);
    const direction = nesterov ? madd(v, splat(momentum), g) : v;
    storeUpTo4(newVelocity + at, v, n);
    storeUpTo4(newParameter + at, f32x4.sub(p, f32x4.mul(direction, splat(learningRate))), n);
  }
}

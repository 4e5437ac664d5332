// Four float32 at a time; relative errors are about 1e-7.

@inline export function splat(x: f32): v128 {
  return f32x4.splat(x);
}

@inline export function madd(a: v128, b: v128, c: v128): v128 {
  return f32x4.add(f32x4.mul(a, b), c);
}

/** x held to ±limit; NaN stays NaN. */
@inline function clamp(x: v128, low: f32, high: f32): v128 {
  return f32x4.pmax(f32x4.pmin(x, splat(high)), splat(low));
}

/** 1.5·2²³: a float32 near it has no fraction, and its lowest bits are the integer that was added. */
const ROUNDING: f32 = 12582912;

/** eˣ: 2ⁿ·e^r with r in ±ln2/2 (Cephes' polynomial). Saturates at the ends of float32's normal range. */
@inline export function exp(value: v128): v128 {
  const x = clamp(value, -87.0, 88.0);
  const shifted = madd(x, splat(1.44269504088896341), splat(ROUNDING));
  const n = f32x4.sub(shifted, splat(ROUNDING));
  let r = f32x4.sub(x, f32x4.mul(n, splat(0.693359375)));
  r = f32x4.sub(r, f32x4.mul(n, splat(-2.12194440e-4)));
  let p = madd(splat(1.9875691500e-4), r, splat(1.3981999507e-3));
  p = madd(p, r, splat(8.3334519073e-3));
  p = madd(p, r, splat(4.1665795894e-2));
  p = madd(p, r, splat(1.6666665459e-1));
  p = madd(p, r, splat(5.0000001201e-1));
  p = f32x4.add(madd(p, f32x4.mul(r, r), r), splat(1));
  const scale = i32x4.add(i32x4.shl(shifted, 23), i32x4.splat(127 << 23));
  return f32x4.mul(p, scale);
}

@inline export function sigmoid(x: v128): v128 {
  return f32x4.div(splat(1), f32x4.add(splat(1), exp(f32x4.neg(x))));
}

@inline export function silu(x: v128): v128 {
  return f32x4.mul(x, sigmoid(x));
}

/** d silu/dx = σ·(1 + x·(1 − σ)) */
@inline export function siluSlope(x: v128): v128 {
  const s = sigmoid(x);
  return f32x4.mul(s, madd(x, f32x4.sub(splat(1), s), splat(1)));
}

/** erf as an odd rational function, exact to float32 rounding; ±1 beyond 3.83. */
@inline export function erf(value: v128): v128 {
  const x = clamp(value, -3.832506856900711, 3.832506856900711);
  const t = f32x4.mul(x, x);
  let p = madd(splat(0.00022905065861350646), t, splat(0.0034082910107109506));
  p = madd(p, t, splat(0.050955695062380861));
  p = madd(p, t, splat(0.18520832239976145));
  p = madd(p, t, splat(1.128379143519084));
  let q = madd(splat(-1.1791602954361697e-7), t, splat(0.000023547966471313185));
  q = madd(q, t, splat(0.0010179625278914885));
  q = madd(q, t, splat(0.014070470171167667));
  q = madd(q, t, splat(0.11098505178285362));
  q = madd(q, t, splat(0.49746925110067538));
  q = madd(q, t, splat(1));
  return f32x4.div(f32x4.mul(x, p), q);
}

/** Φ, the standard normal distribution function. */
@inline export function normalCdf(x: v128): v128 {
  return madd(erf(f32x4.mul(x, splat(0.70710678118654752))), splat(0.5), splat(0.5));
}

@inline export function gelu(x: v128): v128 {
  return f32x4.mul(x, normalCdf(x));
}

/** d gelu/dx = Φ(x) + x·φ(x) */
@inline export function geluSlope(x: v128): v128 {
  const density = f32x4.mul(exp(f32x4.mul(f32x4.mul(x, x), splat(-0.5))), splat(0.39894228040143268));
  return madd(x, density, normalCdf(x));
}

export const NONE = 0;
export const SILU = 1;
export const GELU = 2;

@inline export function activate(kind: i32, x: v128): v128 {
  if (kind == SILU) return silu(x);
  if (kind == GELU) return gelu(x);
  return x;
}

@inline export function activationSlope(kind: i32, x: v128): v128 {
  if (kind == SILU) return siluSlope(x);
  if (kind == GELU) return geluSlope(x);
  return splat(1);
}

/** Sum of the four lanes. */
@inline export function lanes(x: v128): f32 {
  return (
    f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3))
  );
}

/** The four lanes, or with `count` < 4 the first ones, the rest zero: never reads beyond them. */
@inline export function loadUpTo4(p: usize, count: i32): v128 {
  if (count >= 4) return v128.load(p);
  return loadPart(p, count);
}

@inline export function storeUpTo4(p: usize, x: v128, count: i32): void {
  if (count >= 4) v128.store(p, x);
  else storePart(p, x, count);
}

function loadPart(p: usize, count: i32): v128 {
  let x = f32x4.splat(0);
  if (count > 0) x = f32x4.replace_lane(x, 0, load<f32>(p));
  if (count > 1) x = f32x4.replace_lane(x, 1, load<f32>(p, 4));
  if (count > 2) x = f32x4.replace_lane(x, 2, load<f32>(p, 8));
  return x;
}

function storePart(p: usize, x: v128, count: i32): void {
  if (count > 0) store<f32>(p, f32x4.extract_lane(x, 0));
  if (count > 1) store<f32>(p, f32x4.extract_lane(x, 1), 4);
  if (count > 2) store<f32>(p, f32x4.extract_lane(x, 2), 8);
}

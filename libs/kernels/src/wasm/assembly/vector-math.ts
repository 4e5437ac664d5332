// Four float32 at a time; relative errors are about 1e-7.

@inline export function splat(x: f32): v128 {
  return f32x4.splat(x);
}

@inline export function madd(a: v128, b: v128, c: v128): v128 {
  return f32x4.add(f32x4.mul(a, b), c);
}

// Constants are in memory, as engines use several instructions to create a vector constant in each iteration of a loop but
// only one to load it. These are offsets into the table, 16 bytes each.
const HIGHEST: usize = 0;
const LOWEST: usize = 16;
const LOG2_E: usize = 32;
const ROUNDING: usize = 48;
const LN2_HIGH: usize = 64;
const LN2_LOW: usize = 80;
const E0: usize = 96;
const E1: usize = 112;
const E2: usize = 128;
const E3: usize = 144;
const E4: usize = 160;
const E5: usize = 176;
const ONE: usize = 192;
const SATURATED: usize = 208;
const P0: usize = 224;
const P1: usize = 240;
const P2: usize = 256;
const P3: usize = 272;
const P4: usize = 288;
const Q0: usize = 304;
const Q1: usize = 320;
const Q2: usize = 336;
const Q3: usize = 352;
const Q4: usize = 368;
const Q5: usize = 384;
const HALF: usize = 400;
const ROOT_HALF: usize = 416;
const DENSITY: usize = 432;
const EXPONENT_BIAS: usize = 448;
const NOT_SATURATED: usize = 464;

let table: usize = 0;

/** Writes the constants to 480 bytes at `at`. Every instance of this module must do so first. */
export function placeConstants(at: usize): void {
  table = at;
  v128.store(at, splat(88), HIGHEST);
  v128.store(at, splat(-87), LOWEST);
  v128.store(at, splat(1.44269504088896341), LOG2_E);
  v128.store(at, splat(12582912), ROUNDING);
  v128.store(at, splat(0.693359375), LN2_HIGH);
  v128.store(at, splat(-2.12194440e-4), LN2_LOW);
  v128.store(at, splat(1.9875691500e-4), E0);
  v128.store(at, splat(1.3981999507e-3), E1);
  v128.store(at, splat(8.3334519073e-3), E2);
  v128.store(at, splat(4.1665795894e-2), E3);
  v128.store(at, splat(1.6666665459e-1), E4);
  v128.store(at, splat(5.0000001201e-1), E5);
  v128.store(at, splat(1), ONE);
  v128.store(at, splat(3.832506856900711), SATURATED);
  v128.store(at, splat(0.00022905065861350646), P0);
  v128.store(at, splat(0.0034082910107109506), P1);
  v128.store(at, splat(0.050955695062380861), P2);
  v128.store(at, splat(0.18520832239976145), P3);
  v128.store(at, splat(1.128379143519084), P4);
  v128.store(at, splat(-1.1791602954361697e-7), Q0);
  v128.store(at, splat(0.000023547966471313185), Q1);
  v128.store(at, splat(0.0010179625278914885), Q2);
  v128.store(at, splat(0.014070470171167667), Q3);
  v128.store(at, splat(0.11098505178285362), Q4);
  v128.store(at, splat(0.49746925110067538), Q5);
  v128.store(at, splat(0.5), HALF);
  v128.store(at, splat(0.70710678118654752), ROOT_HALF);
  v128.store(at, splat(0.39894228040143268), DENSITY);
  v128.store(at, i32x4.splat(127 << 23), EXPONENT_BIAS);
  v128.store(at, splat(-3.832506856900711), NOT_SATURATED);
}

/** Clamps x; NaN stays NaN. */
@inline function clamp(x: v128, low: v128, high: v128): v128 {
  return f32x4.pmax(f32x4.pmin(x, high), low);
}

/**
 * eˣ: 2ⁿ·e^r with r in ±ln2/2 (Cephes' polynomial). Saturates at the ends of float32's normal range.
 * ROUNDING is 1.5·2²³: a float32 near it has no fraction, and its lowest bits are the integer that was added.
 */
@inline export function exp(value: v128): v128 {
  const t = table;
  const x = clamp(value, v128.load(t, LOWEST), v128.load(t, HIGHEST));
  const shifted = madd(x, v128.load(t, LOG2_E), v128.load(t, ROUNDING));
  const n = f32x4.sub(shifted, v128.load(t, ROUNDING));
  let r = f32x4.sub(x, f32x4.mul(n, v128.load(t, LN2_HIGH)));
  r = f32x4.sub(r, f32x4.mul(n, v128.load(t, LN2_LOW)));
  let p = madd(v128.load(t, E0), r, v128.load(t, E1));
  p = madd(p, r, v128.load(t, E2));
  p = madd(p, r, v128.load(t, E3));
  p = madd(p, r, v128.load(t, E4));
  p = madd(p, r, v128.load(t, E5));
  p = f32x4.add(madd(p, f32x4.mul(r, r), r), v128.load(t, ONE));
  return f32x4.mul(p, i32x4.add(i32x4.shl(shifted, 23), v128.load(t, EXPONENT_BIAS)));
}

@inline export function sigmoid(x: v128): v128 {
  const one = v128.load(table, ONE);
  return f32x4.div(one, f32x4.add(one, exp(f32x4.neg(x))));
}

@inline export function silu(x: v128): v128 {
  return f32x4.div(x, f32x4.add(v128.load(table, ONE), exp(f32x4.neg(x))));
}

/** d silu/dx = σ·(1 + x·(1 − σ)) */
@inline export function siluSlope(x: v128): v128 {
  const s = sigmoid(x);
  const one = v128.load(table, ONE);
  return f32x4.mul(s, madd(x, f32x4.sub(one, s), one));
}

/** erf as an odd rational function, exact to float32 rounding; ±1 beyond 3.83. */
@inline export function erf(value: v128): v128 {
  const c = table;
  const x = clamp(value, v128.load(c, NOT_SATURATED), v128.load(c, SATURATED));
  const t = f32x4.mul(x, x);
  let p = madd(v128.load(c, P0), t, v128.load(c, P1));
  p = madd(p, t, v128.load(c, P2));
  p = madd(p, t, v128.load(c, P3));
  p = madd(p, t, v128.load(c, P4));
  let q = madd(v128.load(c, Q0), t, v128.load(c, Q1));
  q = madd(q, t, v128.load(c, Q2));
  q = madd(q, t, v128.load(c, Q3));
  q = madd(q, t, v128.load(c, Q4));
  q = madd(q, t, v128.load(c, Q5));
  q = madd(q, t, v128.load(c, ONE));
  return f32x4.div(f32x4.mul(x, p), q);
}

/** Φ, the standard normal distribution function. */
@inline export function normalCdf(x: v128): v128 {
  const half = v128.load(table, HALF);
  return madd(erf(f32x4.mul(x, v128.load(table, ROOT_HALF))), half, half);
}

@inline export function gelu(x: v128): v128 {
  return f32x4.mul(x, normalCdf(x));
}

/** d gelu/dx = Φ(x) + x·φ(x) */
@inline export function geluSlope(x: v128): v128 {
  const exponent = f32x4.neg(f32x4.mul(f32x4.mul(x, x), v128.load(table, HALF)));
  return madd(x, f32x4.mul(exp(exponent), v128.load(table, DENSITY)), normalCdf(x));
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

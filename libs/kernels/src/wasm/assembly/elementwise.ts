import {
  activate, activationSlope, GELU, loadUpTo4, SILU, sigmoid, splat, storeUpTo4,
} from './vector-math';

const ADD = 0;
const SUBTRACT = 1;
const MULTIPLY = 2;
const DIVIDE = 3;

@inline function combine(op: i32, a: v128, b: v128): v128 {
  if (op == ADD) return f32x4.add(a, b);
  if (op == SUBTRACT) return f32x4.sub(a, b);
  if (op == MULTIPLY) return f32x4.mul(a, b);
  return f32x4.div(a, b);
}

@inline function vectors(op: i32, a: usize, b: usize, out: usize, n: i32): void {
  const whole = n & ~3;
  const unrolled = n & ~15;
  let i = 0;
  for (; i < unrolled; i += 16) {
    const at = i << 2;
    v128.store(out + at, combine(op, v128.load(a + at), v128.load(b + at)));
    v128.store(out + at, combine(op, v128.load(a + at, 16), v128.load(b + at, 16)), 16);
    v128.store(out + at, combine(op, v128.load(a + at, 32), v128.load(b + at, 32)), 32);
    v128.store(out + at, combine(op, v128.load(a + at, 48), v128.load(b + at, 48)), 48);
  }
  for (; i < whole; i += 4) {
    const at = i << 2;
    v128.store(out + at, combine(op, v128.load(a + at), v128.load(b + at)));
  }
  if (whole < n) {
    const at = whole << 2;
    storeUpTo4(out + at, combine(op, loadUpTo4(a + at, n - whole), loadUpTo4(b + at, n - whole)), n - whole);
  }
}

@inline function vectorWithScalar(op: i32, a: usize, b: v128, out: usize, n: i32): void {
  const whole = n & ~3;
  for (let i = 0; i < whole; i += 4) {
    const at = i << 2;
    v128.store(out + at, combine(op, v128.load(a + at), b));
  }
  if (whole < n) {
    const at = whole << 2;
    storeUpTo4(out + at, combine(op, loadUpTo4(a + at, n - whole), b), n - whole);
  }
}

/** out[i] = a[i] op b[i] for floats [start, end). */
export function binarySame(op: i32, a: usize, b: usize, out: usize, start: i32, end: i32, _thread: i32): void {
  const at = start << 2;
  const n = end - start;
  if (op == ADD) vectors(ADD, a + at, b + at, out + at, n);
  else if (op == SUBTRACT) vectors(SUBTRACT, a + at, b + at, out + at, n);
  else if (op == MULTIPLY) vectors(MULTIPLY, a + at, b + at, out + at, n);
  else vectors(DIVIDE, a + at, b + at, out + at, n);
}

/** out[outer][middle][inner] = a[outer][middle][inner] op b[outer][inner]; rows [start, end) of outer·middle. */
export function binaryMiddle(
  op: i32, a: usize, b: usize, out: usize, middle: i32, inner: i32, start: i32, end: i32, _thread: i32,
): void {
  const bytes = inner << 2;
  for (let row = start; row < end; row++) {
    const p = row * bytes;
    const q = b + (row / middle) * bytes;
    if (op == ADD) vectors(ADD, a + p, q, out + p, inner);
    else if (op == SUBTRACT) vectors(SUBTRACT, a + p, q, out + p, inner);
    else if (op == MULTIPLY) vectors(MULTIPLY, a + p, q, out + p, inner);
    else vectors(DIVIDE, a + p, q, out + p, inner);
  }
}

/** out[row][inner] = a[row][inner] op b[row], or with one b for all (`single`); rows [start, end). */
export function binaryInner(
  op: i32, a: usize, b: usize, out: usize, inner: i32, single: i32, start: i32, end: i32, _thread: i32,
): void {
  const bytes = inner << 2;
  for (let row = start; row < end; row++) {
    const p = row * bytes;
    const s = splat(load<f32>(b + (single ? 0 : row << 2)));
    if (op == ADD) vectorWithScalar(ADD, a + p, s, out + p, inner);
    else if (op == SUBTRACT) vectorWithScalar(SUBTRACT, a + p, s, out + p, inner);
    else if (op == MULTIPLY) vectorWithScalar(MULTIPLY, a + p, s, out + p, inner);
    else vectorWithScalar(DIVIDE, a + p, s, out + p, inner);
  }
}

const SIGMOID = 3;
const RELU = 4;
const SQUARE = 5;

@inline function apply(op: i32, x: v128): v128 {
  if (op == SIGMOID) return sigmoid(x);
  if (op == RELU) return f32x4.max(x, splat(0));
  if (op == SQUARE) return f32x4.mul(x, x);
  return activate(op, x);
}

@inline function mapRange(op: i32, x: usize, y: usize, start: i32, end: i32): void {
  let i = start;
  for (; i + 4 <= end; i += 4) v128.store(y + (i << 2), apply(op, v128.load(x + (i << 2))));
  if (i < end) storeUpTo4(y + (i << 2), apply(op, loadUpTo4(x + (i << 2), end - i)), end - i);
}

/** y[i] = op(x[i]) for floats [start, end). */
export function unary(op: i32, x: usize, y: usize, start: i32, end: i32, _thread: i32): void {
  if (op == SILU) mapRange(SILU, x, y, start, end);
  else if (op == GELU) mapRange(GELU, x, y, start, end);
  else if (op == SIGMOID) mapRange(SIGMOID, x, y, start, end);
  else if (op == RELU) mapRange(RELU, x, y, start, end);
  else mapRange(SQUARE, x, y, start, end);
}

@inline function slopeRange(kind: i32, dy: usize, x: usize, dx: usize, start: i32, end: i32): void {
  let i = start;
  for (; i + 4 <= end; i += 4) {
    const at = i << 2;
    v128.store(dx + at, f32x4.mul(v128.load(dy + at), activationSlope(kind, v128.load(x + at))));
  }
  if (i < end) {
    const at = i << 2;
    const n = end - i;
    storeUpTo4(dx + at, f32x4.mul(loadUpTo4(dy + at, n), activationSlope(kind, loadUpTo4(x + at, n))), n);
  }
}

/** dx[i] = dy[i]·activation′(x[i]) for floats [start, end). */
export function activationGradient(
  kind: i32, dy: usize, x: usize, dx: usize, start: i32, end: i32, _thread: i32,
): void {
  if (kind == SILU) slopeRange(SILU, dy, x, dx, start, end);
  else slopeRange(GELU, dy, x, dx, start, end);
}

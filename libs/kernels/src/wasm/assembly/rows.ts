import { exp, lanes, loadUpTo4, madd, splat, storeUpTo4 } from './vector-math';

@inline function sumRow(p: usize, n: i32): f32 {
  let sum = splat(0);
  let i = 0;
  for (; i + 4 <= n; i += 4) sum = f32x4.add(sum, v128.load(p + (i << 2)));
  if (i < n) sum = f32x4.add(sum, loadUpTo4(p + (i << 2), n - i));
  return lanes(sum);
}

/** Layer norm of rows [start, end); mean and rstd have one value per row. */
export function layerNorm(
  x: usize, scale: usize, offset: usize, y: usize, mean: usize, rstd: usize, channels: i32, epsilon: f32,
  start: i32, end: i32, _thread: i32,
): void {
  const share = <f32>1 / <f32>channels;
  for (let r = start; r < end; r++) {
    const row = x + ((r * channels) << 2);
    const to = y + ((r * channels) << 2);
    const m = sumRow(row, channels) * share;
    const centre = splat(m);
    let squares = splat(0);
    let c = 0;
    for (; c + 4 <= channels; c += 4) {
      const d = f32x4.sub(v128.load(row + (c << 2)), centre);
      squares = madd(d, d, squares);
    }
    let sum = lanes(squares);
    for (; c < channels; c++) {
      const d = load<f32>(row + (c << 2)) - m;
      sum += d * d;
    }
    const s = <f32>(1.0 / Math.sqrt(<f64>(sum * share) + <f64>epsilon));
    const factor = splat(s);
    for (c = 0; c < channels; c += 4) {
      const k = c << 2;
      const normal = f32x4.mul(f32x4.sub(v128.load(row + k), centre), factor);
      storeUpTo4(to + k, madd(normal, v128.load(scale + k), v128.load(offset + k)), channels - c);
    }
    store<f32>(mean + (r << 2), m);
    store<f32>(rstd + (r << 2), s);
  }
}

/** dx of rows [start, end): rstd·(g − mean(g) − x̂·mean(g·x̂)) with g = dy·scale. */
export function layerNormInputGradient(
  dy: usize, x: usize, mean: usize, rstd: usize, scale: usize, dx: usize, channels: i32,
  start: i32, end: i32, _thread: i32,
): void {
  const share = <f32>1 / <f32>channels;
  for (let r = start; r < end; r++) {
    const at = (r * channels) << 2;
    const centre = splat(load<f32>(mean + (r << 2)));
    const s = load<f32>(rstd + (r << 2));
    const factor = splat(s);
    let sum = splat(0);
    let product = splat(0);
    for (let c = 0; c < channels; c += 4) {
      const k = c << 2;
      const n = channels - c;
      const g = f32x4.mul(loadUpTo4(dy + at + k, n), loadUpTo4(scale + k, n));
      const normal = f32x4.mul(f32x4.sub(loadUpTo4(x + at + k, n), centre), factor);
      sum = f32x4.add(sum, g);
      product = madd(g, normal, product);
    }
    const meanG = splat(lanes(sum) * share);
    const meanProduct = splat(lanes(product) * share);
    for (let c = 0; c < channels; c += 4) {
      const k = c << 2;
      const g = f32x4.mul(v128.load(dy + at + k), v128.load(scale + k));
      const normal = f32x4.mul(f32x4.sub(v128.load(x + at + k), centre), factor);
      const result = f32x4.mul(factor, f32x4.sub(f32x4.sub(g, meanG), f32x4.mul(normal, meanProduct)));
      storeUpTo4(dx + at + k, result, channels - c);
    }
  }
}

const BLOCK = 64;

/** Σ dy·x̂ and Σ dy of each channel in blocks [start, end) of 64 rows: `partial` [blocks][2][channels]. */
export function layerNormSums(
  dy: usize, x: usize, mean: usize, rstd: usize, partial: usize, rows: i32, channels: i32,
  start: i32, end: i32, _thread: i32,
): void {
  const stride = channels << 2;
  for (let block = start; block < end; block++) {
    const first = block * BLOCK;
    const last = min(rows, first + BLOCK);
    const to = partial + block * 2 * stride;
    for (let c = 0; c < channels; c += 4) {
      let scaleSum = splat(0);
      let offsetSum = splat(0);
      for (let r = first; r < last; r++) {
        const at = r * stride + (c << 2);
        const g = v128.load(dy + at);
        const centred = f32x4.sub(v128.load(x + at), v128.load_splat<f32>(mean + (r << 2)));
        scaleSum = madd(g, f32x4.mul(centred, v128.load_splat<f32>(rstd + (r << 2))), scaleSum);
        offsetSum = f32x4.add(offsetSum, g);
      }
      storeUpTo4(to + (c << 2), scaleSum, channels - c);
      storeUpTo4(to + stride + (c << 2), offsetSum, channels - c);
    }
  }
}

/** Softmax of rows [start, end). */
export function softmax(x: usize, y: usize, channels: i32, start: i32, end: i32, _thread: i32): void {
  for (let r = start; r < end; r++) {
    const row = x + ((r * channels) << 2);
    const to = y + ((r * channels) << 2);
    let highest = v128.load_splat<f32>(row);
    let c = 0;
    for (; c + 4 <= channels; c += 4) highest = f32x4.max(highest, v128.load(row + (c << 2)));
    for (; c < channels; c++) highest = f32x4.max(highest, v128.load_splat<f32>(row + (c << 2)));
    highest = f32x4.max(highest, i32x4.shuffle(highest, highest, 2, 3, 0, 1));
    highest = f32x4.max(highest, i32x4.shuffle(highest, highest, 1, 0, 3, 2));
    for (c = 0; c < channels; c += 4) {
      const k = c << 2;
      storeUpTo4(to + k, exp(f32x4.sub(loadUpTo4(row + k, channels - c), highest)), channels - c);
    }
    const share = splat(<f32>1 / sumRow(to, channels));
    for (c = 0; c < channels; c += 4) {
      const k = c << 2;
      storeUpTo4(to + k, f32x4.mul(loadUpTo4(to + k, channels - c), share), channels - c);
    }
  }
}

/** out[row] = factor·Σ x[row][…], rows [start, end); blocks of 1024 are summed in float32, their sums in float64. */
export function sumInner(x: usize, out: usize, inner: i32, factor: f32, start: i32, end: i32, _thread: i32): void {
  for (let r = start; r < end; r++) {
    const row = x + ((r * inner) << 2);
    let sum: f64 = 0;
    for (let i = 0; i < inner; i += 1024) sum += <f64>sumRow(row + (i << 2), min(1024, inner - i));
    store<f32>(out + (r << 2), <f32>(sum * <f64>factor));
  }
}

/**
 * out[outer][block][inner] = factor·Σ over a block of `blockRows` rows of x[outer][middle][inner]; items [start, end) of
 * outer·blocks.
 */
export function sumMiddle(
  x: usize, out: usize, middle: i32, inner: i32, blockRows: i32, factor: f32, start: i32, end: i32, _thread: i32,
): void {
  const stride = inner << 2;
  const blocks = (middle + blockRows - 1) / blockRows;
  const scale = splat(factor);
  for (let item = start; item < end; item++) {
    const first = (item % blocks) * blockRows;
    const count = min(blockRows, middle - first);
    const from = x + ((item / blocks) * middle + first) * stride;
    for (let c = 0; c < inner; c += 4) {
      let sum = splat(0);
      for (let r = 0, p = from + (c << 2); r < count; r++, p += stride) sum = f32x4.add(sum, v128.load(p));
      storeUpTo4(out + item * stride + (c << 2), f32x4.mul(sum, scale), inner - c);
    }
  }
}

/** segments[ids[i]][…] += x[i][…] in columns [start, end); ids outside [0, segments) are dropped. */
export function segmentSum(
  x: usize, ids: usize, out: usize, count: i32, segments: i32, inner: i32, start: i32, end: i32, _thread: i32,
): void {
  for (let i = 0; i < count; i++) {
    const id = load<i32>(ids + (i << 2));
    if (<u32>id >= <u32>segments) continue;
    const to = out + ((id * inner) << 2);
    const from = x + ((i * inner) << 2);
    for (let c = start; c < end; c++) {
      store<f32>(to + (c << 2), load<f32>(to + (c << 2)) + load<f32>(from + (c << 2)));
    }
  }
}

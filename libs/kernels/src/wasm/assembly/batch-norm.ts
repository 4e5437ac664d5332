import { activate, activationSlope, GELU, madd, NONE, SILU, splat, storeUpTo4 } from './vector-math';

/** Rows summed in float32; blocks are combined in float64. */
const BLOCK = 64;

/**
 * Mean and sum of squares about it of each channel in blocks [start, end) of BLOCK rows: `partial` [blocks][2][channels].
 */
export function channelMoments(
  x: usize, partial: usize, rows: i32, channels: i32, start: i32, end: i32, _thread: i32,
): void {
  const stride = channels << 2;
  for (let block = start; block < end; block++) {
    const first = block * BLOCK;
    const count = min(BLOCK, rows - first);
    const scale = splat(<f32>1 / <f32>count);
    const to = partial + block * 2 * stride;
    const from = x + first * stride;
    memory.fill(to, 0, 2 * stride);
    for (let r = 0, row = from; r < count; r++, row += stride) {
      for (let c = 0; c < channels; c += 4) {
        const k = c << 2;
        storeUpTo4(to + k, f32x4.add(v128.load(to + k), v128.load(row + k)), channels - c);
      }
    }
    for (let c = 0; c < channels; c += 4) {
      const k = c << 2;
      storeUpTo4(to + k, f32x4.mul(v128.load(to + k), scale), channels - c);
    }
    const squares = to + stride;
    for (let r = 0, row = from; r < count; r++, row += stride) {
      for (let c = 0; c < channels; c += 4) {
        const k = c << 2;
        const centred = f32x4.sub(v128.load(row + k), v128.load(to + k));
        storeUpTo4(squares + k, madd(centred, centred, v128.load(squares + k)), channels - c);
      }
    }
  }
}

/** Combines the blocks of channels [start, end) to mean and biased variance (Chan's formula). */
export function combineMoments(
  partial: usize, mean: usize, variance: usize, rows: i32, channels: i32, start: i32, end: i32, _thread: i32,
): void {
  const blocks = (rows + BLOCK - 1) / BLOCK;
  const stride = channels << 3;
  for (let c = start; c < end; c++) {
    const column = partial + (c << 2);
    let total: f64 = 0;
    for (let b = 0; b < blocks; b++) {
      total += <f64>load<f32>(column + b * stride) * <f64>min(BLOCK, rows - b * BLOCK);
    }
    const centre = total / <f64>rows;
    let squares: f64 = 0;
    for (let b = 0; b < blocks; b++) {
      const at = column + b * stride;
      const away = <f64>load<f32>(at) - centre;
      squares += <f64>load<f32>(at + (channels << 2)) + away * away * <f64>min(BLOCK, rows - b * BLOCK);
    }
    store<f32>(mean + (c << 2), <f32>centre);
    store<f32>(variance + (c << 2), <f32>(squares / <f64>rows));
  }
}

@inline function normalise(
  kind: i32, x: usize, y: usize, mean: usize, factor: usize, offset: usize, channels: i32, start: i32, end: i32,
): void {
  let at = start * channels << 2;
  for (let r = start; r < end; r++) {
    for (let c = 0; c < channels; c += 4) {
      const left = channels - c;
      const k = c << 2;
      const centred = f32x4.sub(v128.load(x + at + k), v128.load(mean + k));
      storeUpTo4(y + at + k, activate(kind, madd(centred, v128.load(factor + k), v128.load(offset + k))), left);
    }
    at += channels << 2;
  }
}

/** y = activation((x − mean)·factor + offset), rows [start, end). */
export function normaliseChannels(
  kind: i32, x: usize, y: usize, mean: usize, factor: usize, offset: usize, channels: i32,
  start: i32, end: i32, _thread: i32,
): void {
  if (kind == SILU) normalise(SILU, x, y, mean, factor, offset, channels, start, end);
  else if (kind == GELU) normalise(GELU, x, y, mean, factor, offset, channels, start, end);
  else normalise(NONE, x, y, mean, factor, offset, channels, start, end);
}

/** factor = scale / √(variance + epsilon) and rstd = 1 / √(variance + epsilon), channels [start, end). */
export function channelFactors(
  variance: usize, scale: usize, factor: usize, rstd: usize, epsilon: f32, start: i32, end: i32, _thread: i32,
): void {
  for (let c = start; c < end; c++) {
    const at = c << 2;
    const r = <f32>(1.0 / Math.sqrt(<f64>load<f32>(variance + at) + <f64>epsilon));
    store<f32>(rstd + at, r);
    store<f32>(factor + at, r * load<f32>(scale + at));
  }
}

@inline function backward(
  kind: i32, dy: usize, x: usize, dz: usize, mean: usize, factor: usize, offset: usize, rstd: usize,
  to: usize, first: i32, count: i32, channels: i32,
): void {
  const stride = channels << 2;
  const products = to + stride;
  memory.fill(to, 0, 2 * stride);
  let at = first * stride;
  for (let r = 0; r < count; r++) {
    const gradient = kind == NONE ? dy + at : dz + at;
    if (kind != NONE) {
      for (let c = 0; c < channels; c += 4) {
        const k = c << 2;
        const z = madd(f32x4.sub(v128.load(x + at + k), v128.load(mean + k)), v128.load(factor + k), v128.load(offset + k));
        storeUpTo4(gradient + k, f32x4.mul(v128.load(dy + at + k), activationSlope(kind, z)), channels - c);
      }
    }
    for (let c = 0; c < channels; c += 4) {
      const k = c << 2;
      const g = v128.load(gradient + k);
      const centred = f32x4.sub(v128.load(x + at + k), v128.load(mean + k));
      storeUpTo4(to + k, f32x4.add(v128.load(to + k), g), channels - c);
      storeUpTo4(products + k, madd(g, centred, v128.load(products + k)), channels - c);
    }
    at += stride;
  }
  for (let c = 0; c < channels; c += 4) {
    const k = c << 2;
    storeUpTo4(products + k, f32x4.mul(v128.load(products + k), v128.load(rstd + k)), channels - c);
  }
}

/**
 * Through the activation: dz = dy·activation′(z) (not written for none), and for blocks [start, end) of BLOCK rows
 * Σ dz and Σ dz·x̂ of each channel: `partial` [blocks][2][channels].
 */
export function batchNormSums(
  kind: i32, dy: usize, x: usize, dz: usize, mean: usize, factor: usize, offset: usize, rstd: usize, partial: usize,
  rows: i32, channels: i32, start: i32, end: i32, _thread: i32,
): void {
  for (let block = start; block < end; block++) {
    const first = block * BLOCK;
    const count = min(BLOCK, rows - first);
    const to = partial + block * (channels << 3);
    if (kind == SILU) backward(SILU, dy, x, dz, mean, factor, offset, rstd, to, first, count, channels);
    else if (kind == GELU) backward(GELU, dy, x, dz, mean, factor, offset, rstd, to, first, count, channels);
    else backward(NONE, dy, x, dz, mean, factor, offset, rstd, to, first, count, channels);
  }
}

/** Sums blocks in float64: total[i] = Σ over blocks of partial[block][i], i in [start, end). */
export function combineSums(
  partial: usize, total: usize, blocks: i32, width: i32, start: i32, end: i32, _thread: i32,
): void {
  for (let i = start; i < end; i++) {
    let sum: f64 = 0;
    for (let b = 0; b < blocks; b++) sum += <f64>load<f32>(partial + ((b * width + i) << 2));
    store<f32>(total + (i << 2), <f32>sum);
  }
}

/** dx = factor·(dz − doffset/rows − x̂·dscale/rows), rows [start, end); `dz` and `dx` may be the same. */
export function batchNormInputGradient(
  dz: usize, x: usize, dx: usize, mean: usize, factor: usize, rstd: usize, dscale: usize, doffset: usize,
  rows: i32, channels: i32, start: i32, end: i32, _thread: i32,
): void {
  const share = splat(<f32>1 / <f32>rows);
  let at = start * channels << 2;
  for (let r = start; r < end; r++) {
    for (let c = 0; c < channels; c += 4) {
      const k = c << 2;
      const centred = f32x4.sub(v128.load(x + at + k), v128.load(mean + k));
      const slope = f32x4.mul(f32x4.mul(v128.load(rstd + k), v128.load(dscale + k)), share);
      const g = f32x4.sub(v128.load(dz + at + k), f32x4.mul(v128.load(doffset + k), share));
      const result = f32x4.mul(v128.load(factor + k), f32x4.sub(g, f32x4.mul(centred, slope)));
      storeUpTo4(dx + at + k, result, channels - c);
    }
    at += channels << 2;
  }
}

/**
 * Implements Pillow's resampling of 8-bit pixels (Resample.c): 32-bit integer sums of weights with 22 fractional bits, so that
 * results are the same to the bit. At a row's end, a partial vector spills into the next row, which is written later. After the
 * last row there must be 16 bytes of room.
 */

const fractionBits: i32 = 22;

@inline function weightAt(weights: usize, tap: i32): v128 {
  return v128.load32_splat(weights + (<usize>tap << 2));
}

@inline function start(): v128 {
  return i32x4.splat(1 << (fractionBits - 1));
}

/**
 * @param source [rows, sourceBytes / 3, 3]
 * @param target [rows, width, 3]
 * @param firsts [width], the first source pixel of each target pixel
 * @param weights [width, taps]
 */
export function resampleRows(
  source: usize,
  sourceBytes: i32,
  target: usize,
  width: i32,
  rows: i32,
  firsts: usize,
  weights: usize,
  taps: i32,
): void {
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < width; x++) {
      const pixel = source + i32.load(firsts + (<usize>x << 2)) * 3;
      const own = weights + ((<usize>x * taps) << 2);
      let sum = start();
      for (let tap = 0; tap < taps; tap++) {
        const bytes = v128.load32_zero(pixel + tap * 3);
        const values = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(bytes));
        sum = i32x4.add(sum, i32x4.mul(values, weightAt(own, tap)));
      }
      const shorts = i16x8.narrow_i32x4_s(i32x4.shr_s(sum, fractionBits), sum);
      v128.store32_lane(target, i8x16.narrow_i16x8_u(shorts, shorts), 0);
      target += 3;
    }
    source += sourceBytes;
  }
}

/**
 * @param source [sourceRows, rowBytes]
 * @param target [rows, rowBytes]
 * @param firsts [rows], the first source row of each target row
 * @param weights [rows, taps]
 */
export function resampleColumns(
  source: usize,
  target: usize,
  rowBytes: i32,
  rows: i32,
  firsts: usize,
  weights: usize,
  taps: i32,
): void {
  for (let y = 0; y < rows; y++) {
    const first = source + i32.load(firsts + (<usize>y << 2)) * rowBytes;
    const own = weights + ((<usize>y * taps) << 2);
    for (let x = 0; x < rowBytes; x += 16) {
      let from = first + x;
      let a = start();
      let b = a;
      let c = a;
      let d = a;
      for (let tap = 0; tap < taps; tap++) {
        const weight = weightAt(own, tap);
        const bytes = v128.load(from);
        const low = i16x8.extend_low_i8x16_u(bytes);
        const high = i16x8.extend_high_i8x16_u(bytes);
        a = i32x4.add(a, i32x4.mul(i32x4.extend_low_i16x8_u(low), weight));
        b = i32x4.add(b, i32x4.mul(i32x4.extend_high_i16x8_u(low), weight));
        c = i32x4.add(c, i32x4.mul(i32x4.extend_low_i16x8_u(high), weight));
        d = i32x4.add(d, i32x4.mul(i32x4.extend_high_i16x8_u(high), weight));
        from += rowBytes;
      }
      const low = i16x8.narrow_i32x4_s(i32x4.shr_s(a, fractionBits), i32x4.shr_s(b, fractionBits));
      const high = i16x8.narrow_i32x4_s(i32x4.shr_s(c, fractionBits), i32x4.shr_s(d, fractionBits));
      v128.store(target + x, i8x16.narrow_i16x8_u(low, high));
    }
    target += rowBytes;
  }
}

import { storeUpTo4 } from './vector-math';

/** Arguments of a depthwise convolution in NHWC with channel multiplier 1, in the memory layout that the host writes. */
@unmanaged
class Depthwise {
  source: usize; // [batch, sourceHeight, sourceWidth, channels]
  sourceHeight: i32;
  sourceWidth: i32;
  target: usize; // [batch, targetHeight, targetWidth, channels]
  targetHeight: i32;
  targetWidth: i32;
  channels: i32;
  filter: usize; // [filterHeight, filterWidth, channels]
  filterHeight: i32;
  filterWidth: i32;
  stride: i32;
  /** The padded copy of an image: its size, the image's start in it, and the step between the image's pixels. */
  paddedHeight: i32;
  paddedWidth: i32;
  top: i32;
  left: i32;
  spread: i32;
  /** 1: the filter is read from its end (the gradient of the input). */
  flipped: i32;
  scratch: usize; // scratchBytes for each thread: the padded image
  scratchBytes: i32;
}

/** Copies one image into its padded copy, zeros around (and with spread > 1 between) its pixels. */
function pad(d: Depthwise, image: i32, padded: usize): void {
  const pixel = d.channels << 2;
  const row = d.sourceWidth * pixel;
  const paddedRow = d.paddedWidth * pixel;
  memory.fill(padded, 0, d.paddedHeight * paddedRow);
  let from = d.source + image * d.sourceHeight * row;
  for (let y = 0; y < d.sourceHeight; y++) {
    const py = d.top + y * d.spread;
    if (py >= 0 && py < d.paddedHeight) {
      if (d.spread == 1) {
        const first = max(0, -d.left);
        const last = min(d.sourceWidth, d.paddedWidth - d.left);
        if (last > first) {
          memory.copy(padded + py * paddedRow + (d.left + first) * pixel, from + first * pixel, (last - first) * pixel);
        }
      } else {
        for (let x = 0; x < d.sourceWidth; x++) {
          const px = d.left + x * d.spread;
          if (px >= 0 && px < d.paddedWidth) memory.copy(padded + py * paddedRow + px * pixel, from + x * pixel, pixel);
        }
      }
    }
    from += row;
  }
}

/** Depthwise convolution of images [start, end). */
export function depthwise(d: Depthwise, start: i32, end: i32, thread: i32): void {
  const pixel = d.channels << 2;
  const padded = d.scratch + thread * d.scratchBytes;
  const paddedRow = d.paddedWidth * pixel;
  const step = d.stride * pixel;
  const taps = d.filterHeight * d.filterWidth;
  const filterStep = d.flipped ? -pixel : pixel;
  const filterStart = d.filter + (d.flipped ? usize(taps - 1) * pixel : 0);
  for (let image = start; image < end; image++) {
    pad(d, image, padded);
    for (let y = 0; y < d.targetHeight; y++) {
      const from = padded + y * d.stride * paddedRow;
      const to = d.target + (image * d.targetHeight + y) * d.targetWidth * pixel;
      for (let c = 0; c < d.channels; c += 4) {
        const count = d.channels - c;
        const offset = c << 2;
        let x = 0;
        for (; x + 4 <= d.targetWidth; x += 4) {
          let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
          let w = filterStart + offset;
          let row = from + x * step + offset;
          for (let fy = 0; fy < d.filterHeight; fy++) {
            let p = row;
            for (let fx = 0; fx < d.filterWidth; fx++) {
              const f = v128.load(w);
              s0 = f32x4.add(s0, f32x4.mul(f, v128.load(p)));
              s1 = f32x4.add(s1, f32x4.mul(f, v128.load(p + step)));
              s2 = f32x4.add(s2, f32x4.mul(f, v128.load(p + 2 * step)));
              s3 = f32x4.add(s3, f32x4.mul(f, v128.load(p + 3 * step)));
              w += filterStep;
              p += pixel;
            }
            row += paddedRow;
          }
          const q = to + x * pixel + offset;
          storeUpTo4(q, s0, count);
          storeUpTo4(q + pixel, s1, count);
          storeUpTo4(q + 2 * pixel, s2, count);
          storeUpTo4(q + 3 * pixel, s3, count);
        }
        for (; x < d.targetWidth; x++) {
          let sum = f32x4.splat(0);
          let w = filterStart + offset;
          let row = from + x * step + offset;
          for (let fy = 0; fy < d.filterHeight; fy++) {
            let p = row;
            for (let fx = 0; fx < d.filterWidth; fx++) {
              sum = f32x4.add(sum, f32x4.mul(v128.load(w), v128.load(p)));
              w += filterStep;
              p += pixel;
            }
            row += paddedRow;
          }
          storeUpTo4(to + x * pixel + offset, sum, count);
        }
      }
    }
  }
}

/**
 * Filter gradients of images [start, end), one for each: `gradients` [batch, filterHeight, filterWidth, channels].
 * The gradient of the convolution's output is in `target`.
 */
export function depthwiseFilterGradient(d: Depthwise, gradients: usize, start: i32, end: i32, thread: i32): void {
  const pixel = d.channels << 2;
  const padded = d.scratch + thread * d.scratchBytes;
  const paddedRow = d.paddedWidth * pixel;
  const step = d.stride * pixel;
  const filterBytes = d.filterHeight * d.filterWidth * pixel;
  for (let image = start; image < end; image++) {
    pad(d, image, padded);
    const dyStart = d.target + image * d.targetHeight * d.targetWidth * pixel;
    const result = gradients + image * filterBytes;
    for (let c = 0; c < d.channels; c += 4) {
      const count = d.channels - c;
      const offset = c << 2;
      if (d.filterHeight == 3 && d.filterWidth == 3) {
        gradient3x3(d, dyStart + offset, padded + offset, paddedRow, pixel, step, result + offset, count);
      } else {
        for (let fy = 0; fy < d.filterHeight; fy++) {
          for (let fx = 0; fx < d.filterWidth; fx++) {
            let sum = f32x4.splat(0);
            let dy = dyStart + offset;
            for (let y = 0; y < d.targetHeight; y++) {
              let x = padded + (y * d.stride + fy) * paddedRow + fx * pixel + offset;
              for (let i = 0; i < d.targetWidth; i++) {
                sum = f32x4.add(sum, f32x4.mul(v128.load(dy), v128.load(x)));
                dy += pixel;
                x += step;
              }
            }
            storeUpTo4(result + (fy * d.filterWidth + fx) * pixel + offset, sum, count);
          }
        }
      }
    }
  }
}

@inline function fma(a: v128, b: v128, c: v128): v128 {
  return f32x4.add(c, f32x4.mul(a, b));
}

/** All nine taps of four channels in one sweep. */
function gradient3x3(
  d: Depthwise, dy: usize, padded: usize, paddedRow: usize, pixel: usize, step: usize, result: usize, count: i32,
): void {
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0, s8 = s0;
  for (let y = 0; y < d.targetHeight; y++) {
    let x0 = padded + <usize>(y * d.stride) * paddedRow;
    let x1 = x0 + paddedRow;
    let x2 = x1 + paddedRow;
    for (let i = 0; i < d.targetWidth; i++) {
      const g = v128.load(dy);
      s0 = fma(g, v128.load(x0), s0);
      s1 = fma(g, v128.load(x0 + pixel), s1);
      s2 = fma(g, v128.load(x0 + 2 * pixel), s2);
      s3 = fma(g, v128.load(x1), s3);
      s4 = fma(g, v128.load(x1 + pixel), s4);
      s5 = fma(g, v128.load(x1 + 2 * pixel), s5);
      s6 = fma(g, v128.load(x2), s6);
      s7 = fma(g, v128.load(x2 + pixel), s7);
      s8 = fma(g, v128.load(x2 + 2 * pixel), s8);
      dy += pixel;
      x0 += step;
      x1 += step;
      x2 += step;
    }
  }
  storeUpTo4(result, s0, count);
  storeUpTo4(result + pixel, s1, count);
  storeUpTo4(result + 2 * pixel, s2, count);
  storeUpTo4(result + 3 * pixel, s3, count);
  storeUpTo4(result + 4 * pixel, s4, count);
  storeUpTo4(result + 5 * pixel, s5, count);
  storeUpTo4(result + 6 * pixel, s6, count);
  storeUpTo4(result + 7 * pixel, s7, count);
  storeUpTo4(result + 8 * pixel, s8, count);
}

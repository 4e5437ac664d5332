import { interleaveStrip, packPanels, stripByPanel, transposedStripByPanel } from './gemm';

/** Output positions per work item of `convolve`. */
const BLOCK = 64;

/** Arguments of a convolution in NHWC, in the memory layout that the host writes. */
@unmanaged
class Convolution {
  source: usize; // [batch, sourceHeight, sourceWidth, sourceChannels]
  sourceHeight: i32;
  sourceWidth: i32;
  sourceChannels: i32;
  target: usize; // [batch, targetHeight, targetWidth, targetChannels]
  targetHeight: i32;
  targetWidth: i32;
  targetChannels: i32;
  /**
   * The positions computed: row y of `height` reads source row y·sourceStepY + tap.y and writes target row y·targetStepY +
   * targetY.
   */
  batch: i32;
  height: i32;
  width: i32;
  sourceStepY: i32;
  sourceStepX: i32;
  targetStepY: i32;
  targetStepX: i32;
  targetY: i32;
  targetX: i32;
  taps: i32;
  tapList: usize; // [taps][2] of (y, x)
  packed: usize;
  zeros: usize; // sourceChannels zeros, read outside the image
  scratch: usize; // scratchBytes for each thread
  scratchBytes: i32;
}

@inline function sourceRow(c: Convolution, image: i32, y: i32, x: i32): usize {
  if (<u32>y >= <u32>c.sourceHeight || <u32>x >= <u32>c.sourceWidth) return c.zeros;
  return c.source + ((((image * c.sourceHeight + y) * c.sourceWidth + x) * c.sourceChannels) << 2);
}

/** Convolves blocks [start, end) of BLOCK positions. Scratch: BLOCK·(taps·(k + 1) + 1) words. */
export function convolve(c: Convolution, start: i32, end: i32, thread: i32): void {
  const positions = c.batch * c.height * c.width;
  const taps = c.taps;
  const k = c.sourceChannels;
  const panels = (c.targetChannels + 7) >> 3;
  const outs = c.scratch + thread * c.scratchBytes;
  const table = outs + (BLOCK << 2);
  for (let block = start; block < end; block++) {
    const first = block * BLOCK;
    const count = min(BLOCK, positions - first);
    const strips = (count + 3) >> 2;
    for (let i = 0; i < strips << 2; i++) {
      // Rows that pad the last strip repeat the last position; their results are not stored.
      const position = first + min(i, count - 1);
      const x = position % c.width;
      const rest = position / c.width;
      const y = rest % c.height;
      const image = rest / c.height;
      const to =
        ((image * c.targetHeight + y * c.targetStepY + c.targetY) * c.targetWidth + x * c.targetStepX + c.targetX) *
        c.targetChannels;
      store<usize>(outs + (i << 2), c.target + (to << 2));
      let slot = table + ((((i >> 2) * taps) << 2) + (i & 3) << 2);
      for (let t = 0; t < taps; t++) {
        const tap = c.tapList + (t << 3);
        store<usize>(
          slot,
          sourceRow(c, image, y * c.sourceStepY + load<i32>(tap), x * c.sourceStepX + load<i32>(tap, 4)),
        );
        slot += 16;
      }
    }
    const interleaved = table + ((BLOCK * taps) << 2);
    for (let s = 0; s < strips; s++) {
      interleaveStrip(table + ((s * taps) << 4), taps, k, interleaved + ((s * taps * k) << 4));
    }
    for (let panel = 0; panel < panels; panel++) {
      const packed = c.packed + ((panel * taps * k) << 5);
      const columns = c.targetChannels - (panel << 3);
      for (let s = 0; s < strips; s++) {
        const strip = interleaved + ((s * taps * k) << 4);
        stripByPanel(strip, taps * k, packed, outs + (s << 4), panel << 5, min(4, count - (s << 2)), columns);
      }
    }
  }
}

/** Positions summed before the filter's gradient is updated. */
const SUMMED = 256;

/**
 * Filter gradient: target's gradient is in `target`, the result [taps][sourceChannels][targetChannels] in `gradient`,
 * zero before. A work item is one tap and one block of channels. Scratch: SUMMED·9 floats.
 */
export function convolveFilterGradient(
  c: Convolution,
  gradient: usize,
  channelBlock: i32,
  start: i32,
  end: i32,
  thread: i32,
): void {
  const positions = c.batch * c.height * c.width;
  const channels = c.sourceChannels;
  const blocks = (channels + channelBlock - 1) / channelBlock;
  const panels = (c.targetChannels + 7) >> 3;
  const panelBuffer = c.scratch + thread * c.scratchBytes;
  const table = panelBuffer + SUMMED * 32;
  const stride = c.targetChannels << 2;
  for (let item = start; item < end; item++) {
    const tap = item / blocks;
    const firstChannel = (item % blocks) * channelBlock;
    const lastChannel = min(channels, firstChannel + channelBlock);
    const dy = load<i32>(c.tapList + (tap << 3));
    const dx = load<i32>(c.tapList + (tap << 3), 4);
    for (let first = 0; first < positions; first += SUMMED) {
      const count = min(SUMMED, positions - first);
      let x = first % c.width;
      let y = (first / c.width) % c.height;
      let image = first / c.width / c.height;
      for (let i = 0; i < count; i++) {
        store<usize>(table + (i << 2), sourceRow(c, image, y * c.sourceStepY + dy, x * c.sourceStepX + dx));
        if (++x == c.width) {
          x = 0;
          if (++y == c.height) {
            y = 0;
            image++;
          }
        }
      }
      for (let panel = 0; panel < panels; panel++) {
        const columns = c.targetChannels - (panel << 3);
        gatherPanel(c.target + ((first * c.targetChannels + (panel << 3)) << 2), stride, panelBuffer, count, columns);
        for (let channel = firstChannel; channel < lastChannel; channel += 4) {
          transposedStripByPanel(
            table, channel << 2, panelBuffer, count,
            gradient + (((tap * channels + channel) * c.targetChannels + (panel << 3)) << 2),
            stride, min(4, lastChannel - channel), columns,
          );
        }
      }
    }
  }
}

/** Copies 8 columns (fewer: zero-padded) of `count` rows together. */
function gatherPanel(from: usize, stride: usize, to: usize, count: i32, columns: i32): void {
  for (let i = 0; i < count; i++) {
    if (columns >= 8) {
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
    } else {
      for (let j = 0; j < 8; j++) store<f32>(to + (j << 2), j < columns ? load<f32>(from + (j << 2)) : 0);
    }
    from += stride;
    to += 32;
  }
}

/**
 * Matrix products [start, end) of a batch: out[m][n] = a[m][k]·b[k][n]. Element (i, j) of a matrix lies at
 * i·row + j·column floats; one of a's two steps is 1. Scratch: 48 bytes, k·roundUp8(n) floats and 4·k floats.
 */
export function multiplyBatch(
  a: usize, b: usize, out: usize, m: i32, k: i32, n: i32,
  aBatch: i32, aRow: i32, aColumn: i32, bBatch: i32, bRow: i32, bColumn: i32,
  scratch: usize, scratchBytes: i32, start: i32, end: i32, thread: i32,
): void {
  const panels = (n + 7) >> 3;
  const table = scratch + thread * scratchBytes;
  const outs = table + 16;
  const noOffset = table + 32;
  const packed = table + 48;
  const strip = packed + ((panels * k) << 5);
  store<i32>(noOffset, 0);
  for (let item = start; item < end; item++) {
    packPanels(b + ((item * bBatch) << 2), packed, noOffset, 1, k, n, bRow, bColumn, 0, panels, 0);
    const left = a + ((item * aBatch) << 2);
    const target = out + ((item * m * n) << 2);
    for (let i = 0; i < m; i += 4) {
      const count = min(4, m - i);
      for (let r = 0; r < 4; r++) {
        const row = i + min(r, count - 1);
        store<usize>(table + (r << 2), left + ((row * aRow) << 2));
        store<usize>(outs + (r << 2), target + ((row * n) << 2));
      }
      if (aColumn == 1) {
        interleaveStrip(table, 1, k, strip);
      } else {
        // A transposed matrix is already interleaved.
        for (let j = 0; j < k; j++) v128.store(strip + (j << 4), v128.load(left + ((i + j * aColumn) << 2)));
      }
      for (let panel = 0; panel < panels; panel++) {
        stripByPanel(strip, k, packed + ((panel * k) << 5), outs, panel << 5, count, n - (panel << 3));
      }
    }
  }
}

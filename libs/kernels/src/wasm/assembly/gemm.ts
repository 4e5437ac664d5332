// The inner loops of every convolution and matrix product: 4 rows × 8 columns in registers.
//
// "Packed" right-hand sides are panels of 8 columns: [panel][tap][k][8], zero-padded to whole panels.
// Rows of the left-hand side are reached through tables of pointers, [tap][4] for a strip of 4 rows (the indirect
// convolution of arXiv:1907.02129), and interleaved a few strips at a time, so that the inner loop reads two streams.

@inline function fma(a: v128, b: v128, c: v128): v128 {
  return f32x4.add(c, f32x4.mul(a, b));
}

/** Writes the first `columns` of 8 values. */
@inline export function storeRow(p: usize, left: v128, right: v128, columns: i32): void {
  if (columns >= 8) {
    v128.store(p, left);
    v128.store(p, right, 16);
  } else {
    storeRowPart(p, left, right, columns);
  }
}

function storeRowPart(p: usize, left: v128, right: v128, columns: i32): void {
  let rest = left;
  let count = columns;
  if (count >= 4) {
    v128.store(p, left);
    p += 16;
    count -= 4;
    rest = right;
  }
  if (count > 0) store<f32>(p, f32x4.extract_lane(rest, 0));
  if (count > 1) store<f32>(p, f32x4.extract_lane(rest, 1), 4);
  if (count > 2) store<f32>(p, f32x4.extract_lane(rest, 2), 8);
}

/**
 * Interleaves the rows of a strip: to[tap][k][4] of row[tap][4][k].
 * @param table [taps][4] pointers to rows of k floats
 */
export function interleaveStrip(table: usize, taps: i32, k: i32, to: usize): void {
  const whole = k & ~3;
  for (let t = 0; t < taps; t++) {
    let a0 = load<usize>(table), a1 = load<usize>(table, 4);
    let a2 = load<usize>(table, 8), a3 = load<usize>(table, 12);
    table += 16;
    let i = 0;
    for (; i < whole; i += 4) {
      const r0 = v128.load(a0), r1 = v128.load(a1), r2 = v128.load(a2), r3 = v128.load(a3);
      const low01 = i32x4.shuffle(r0, r1, 0, 4, 1, 5), high01 = i32x4.shuffle(r0, r1, 2, 6, 3, 7);
      const low23 = i32x4.shuffle(r2, r3, 0, 4, 1, 5), high23 = i32x4.shuffle(r2, r3, 2, 6, 3, 7);
      v128.store(to, i64x2.shuffle(low01, low23, 0, 2));
      v128.store(to, i64x2.shuffle(low01, low23, 1, 3), 16);
      v128.store(to, i64x2.shuffle(high01, high23, 0, 2), 32);
      v128.store(to, i64x2.shuffle(high01, high23, 1, 3), 48);
      a0 += 16; a1 += 16; a2 += 16; a3 += 16;
      to += 64;
    }
    for (; i < k; i++) {
      store<f32>(to, load<f32>(a0));
      store<f32>(to, load<f32>(a1), 4);
      store<f32>(to, load<f32>(a2), 8);
      store<f32>(to, load<f32>(a3), 12);
      a0 += 4; a1 += 4; a2 += 4; a3 += 4;
      to += 16;
    }
  }
}

/** out[r][0..columns) = Σ over k of strip[k][r] · packed[k][0..8), for r < rows ≤ 4. */
export function stripByPanel(
  strip: usize, k: i32, packed: usize, outs: usize, outOffset: usize, rows: i32, columns: i32,
): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00;
  let c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  for (const end = strip + ((k & ~1) << 4); strip < end; strip += 32, packed += 64) {
    let b0 = v128.load(packed), b1 = v128.load(packed, 16);
    let a = v128.load_splat<f32>(strip);
    c00 = fma(a, b0, c00); c01 = fma(a, b1, c01);
    a = v128.load_splat<f32>(strip, 4);
    c10 = fma(a, b0, c10); c11 = fma(a, b1, c11);
    a = v128.load_splat<f32>(strip, 8);
    c20 = fma(a, b0, c20); c21 = fma(a, b1, c21);
    a = v128.load_splat<f32>(strip, 12);
    c30 = fma(a, b0, c30); c31 = fma(a, b1, c31);
    b0 = v128.load(packed, 32); b1 = v128.load(packed, 48);
    a = v128.load_splat<f32>(strip, 16);
    c00 = fma(a, b0, c00); c01 = fma(a, b1, c01);
    a = v128.load_splat<f32>(strip, 20);
    c10 = fma(a, b0, c10); c11 = fma(a, b1, c11);
    a = v128.load_splat<f32>(strip, 24);
    c20 = fma(a, b0, c20); c21 = fma(a, b1, c21);
    a = v128.load_splat<f32>(strip, 28);
    c30 = fma(a, b0, c30); c31 = fma(a, b1, c31);
  }
  if (k & 1) {
    const b0 = v128.load(packed), b1 = v128.load(packed, 16);
    let a = v128.load_splat<f32>(strip);
    c00 = fma(a, b0, c00); c01 = fma(a, b1, c01);
    a = v128.load_splat<f32>(strip, 4);
    c10 = fma(a, b0, c10); c11 = fma(a, b1, c11);
    a = v128.load_splat<f32>(strip, 8);
    c20 = fma(a, b0, c20); c21 = fma(a, b1, c21);
    a = v128.load_splat<f32>(strip, 12);
    c30 = fma(a, b0, c30); c31 = fma(a, b1, c31);
  }
  storeRow(load<usize>(outs) + outOffset, c00, c01, columns);
  if (rows > 1) storeRow(load<usize>(outs, 4) + outOffset, c10, c11, columns);
  if (rows > 2) storeRow(load<usize>(outs, 8) + outOffset, c20, c21, columns);
  if (rows > 3) storeRow(load<usize>(outs, 12) + outOffset, c30, c31, columns);
}

@inline function addRow(p: usize, left: v128, right: v128, columns: i32): void {
  if (columns >= 8) {
    v128.store(p, f32x4.add(v128.load(p), left));
    v128.store(p, f32x4.add(v128.load(p, 16), right), 16);
  } else {
    addRowPart(p, left, right, columns);
  }
}

function addRowPart(p: usize, left: v128, right: v128, columns: i32): void {
  for (let i = 0; i < columns; i++) {
    const lane = i < 4 ? left : right;
    const at = i & 3;
    const value = at == 0
      ? f32x4.extract_lane(lane, 0)
      : at == 1
        ? f32x4.extract_lane(lane, 1)
        : at == 2
          ? f32x4.extract_lane(lane, 2)
          : f32x4.extract_lane(lane, 3);
    const q = p + (i << 2);
    store<f32>(q, load<f32>(q) + value);
  }
}

/**
 * out[i][0..columns) += Σ over m of row[m][i] · panel[m][0..8), for i < rows ≤ 4: a product with the transpose.
 * Reads four floats from each row whatever `rows` is.
 * @param table [count] pointers to rows
 * @param panel [count][8]
 */
export function transposedStripByPanel(
  table: usize,
  rowOffset: usize,
  panel: usize,
  count: i32,
  out: usize,
  outStride: usize,
  rows: i32,
  columns: i32,
): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00;
  let c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  for (let m = 0; m < count; m++) {
    const row = load<usize>(table) + rowOffset;
    const b0 = v128.load(panel), b1 = v128.load(panel, 16);
    let a = v128.load_splat<f32>(row);
    c00 = fma(a, b0, c00); c01 = fma(a, b1, c01);
    a = v128.load_splat<f32>(row, 4);
    c10 = fma(a, b0, c10); c11 = fma(a, b1, c11);
    a = v128.load_splat<f32>(row, 8);
    c20 = fma(a, b0, c20); c21 = fma(a, b1, c21);
    a = v128.load_splat<f32>(row, 12);
    c30 = fma(a, b0, c30); c31 = fma(a, b1, c31);
    table += 4;
    panel += 32;
  }
  addRow(out, c00, c01, columns);
  if (rows > 1) addRow(out + outStride, c10, c11, columns);
  if (rows > 2) addRow(out + 2 * outStride, c20, c21, columns);
  if (rows > 3) addRow(out + 3 * outStride, c30, c31, columns);
}

/** Packs panels [start, end) of a right-hand side: element (tap, k, n) lies at offsets[tap] + k·strideK + n·strideN, in floats. */
export function packPanels(
  source: usize,
  packed: usize,
  offsets: usize,
  taps: i32,
  k: i32,
  n: i32,
  strideK: i32,
  strideN: i32,
  start: i32,
  end: i32,
  _thread: i32,
): void {
  const stepK = strideK << 2;
  const stepN = strideN << 2;
  for (let panel = start; panel < end; panel++) {
    const first = panel << 3;
    const columns = min(8, n - first);
    let to = packed + ((panel * taps * k) << 5);
    for (let t = 0; t < taps; t++) {
      let from = source + ((load<i32>(offsets + (t << 2)) + first * strideN) << 2);
      if (columns == 8 && strideN == 1) {
        for (let i = 0; i < k; i++) {
          v128.store(to, v128.load(from));
          v128.store(to, v128.load(from, 16), 16);
          from += stepK;
          to += 32;
        }
      } else {
        for (let i = 0; i < k; i++) {
          let q = from;
          for (let j = 0; j < columns; j++) {
            store<f32>(to + (j << 2), load<f32>(q));
            q += stepN;
          }
          for (let j = columns; j < 8; j++) store<f32>(to + (j << 2), 0);
          from += stepK;
          to += 32;
        }
      }
    }
  }
}

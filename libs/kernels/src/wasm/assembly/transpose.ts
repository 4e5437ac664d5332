/**
 * Permutes the axes of a rank-5 array of floats: out[i0][i1][i2][i3][i4] = x[i0·s0 + … + i4·s4]; rows [start, end) of
 * d0·d1·d2·d3. Strides in floats.
 */
export function permute(
  x: usize,
  out: usize,
  d1: i32,
  d2: i32,
  d3: i32,
  d4: i32,
  s0: i32,
  s1: i32,
  s2: i32,
  s3: i32,
  s4: i32,
  start: i32,
  end: i32,
  _thread: i32,
): void {
  const step = s4 << 2;
  for (let row = start; row < end; row++) {
    let rest = row;
    const i3 = rest % d3;
    rest /= d3;
    const i2 = rest % d2;
    rest /= d2;
    let from = x + (((rest / d1) * s0 + (rest % d1) * s1 + i2 * s2 + i3 * s3) << 2);
    let to = out + ((row * d4) << 2);
    if (s4 == 1) {
      const end = to + (d4 << 2);
      for (; to + 16 <= end; to += 16, from += 16) v128.store(to, v128.load(from));
      for (; to < end; to += 4, from += 4) store<f32>(to, load<f32>(from));
    } else {
      for (let i = 0; i < d4; i++) {
        store<f32>(to, load<f32>(from));
        from += step;
        to += 4;
      }
    }
  }
}

/**
 * Resizes a relative position table to another grid, bilinearly per head with half-pixel centres.
 * CoAtNet, arXiv:2106.04803, §2.1.
 * @param table [(2·from−1)·(2·from−1), heads] of the grid [from, from]
 * @param to the new grid
 * @returns [(2·to height−1)·(2·to width−1), heads]
 */
export function resizeTable(
  table: Float32Array,
  heads: number,
  from: readonly [height: number, width: number],
  to: readonly [height: number, width: number],
): Float32Array {
  const [fromHeight, fromWidth] = from.map((side) => 2 * side - 1);
  const [toHeight, toWidth] = to.map((side) => 2 * side - 1);
  const result = new Float32Array(toHeight * toWidth * heads);
  let position = 0;
  for (let y = 0; y < toHeight; y++) {
    const [y0, y1, dy] = neighbours(y, fromHeight, toHeight);
    for (let x = 0; x < toWidth; x++) {
      const [x0, x1, dx] = neighbours(x, fromWidth, toWidth);
      for (let head = 0; head < heads; head++) {
        const at = (row: number, column: number) =>
          table[(row * fromWidth + column) * heads + head];
        const upper = at(y0, x0) * (1 - dx) + at(y0, x1) * dx;
        const lower = at(y1, x0) * (1 - dx) + at(y1, x1) * dx;
        result[position++] = upper * (1 - dy) + lower * dy;
      }
    }
  }
  return result;
}

/** Returns the two source positions around a target position, and the weight of the second. */
function neighbours(
  target: number,
  from: number,
  to: number,
): [first: number, second: number, share: number] {
  const source = sourceOf(target, from, to);
  const first = Math.floor(source);
  return [first, Math.min(first + 1, from - 1), source - first];
}

/** Returns where a place of the resized axis lies on the original one: half-pixel centres, within the axis. */
export function sourceOf(target: number, from: number, to: number): number {
  return Math.min(Math.max(((target + 0.5) * from) / to - 0.5, 0), from - 1);
}

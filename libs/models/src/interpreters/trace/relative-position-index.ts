/**
 * Returns the row in a table of relative positions (RelativeAttention) for every pair of positions in a grid.
 * @returns [height·width, height·width]
 */
export function relativePositionIndex(height: number, width: number): Int32Array {
  const positions = height * width;
  return Int32Array.from({ length: positions ** 2 }, (_, pair) => {
    const [i, j] = [Math.floor(pair / positions), pair % positions];
    const vertical = Math.floor(i / width) - Math.floor(j / width) + height - 1;
    const horizontal = (i % width) - (j % width) + width - 1;
    return vertical * (2 * width - 1) + horizontal;
  });
}

/**
 * Returns the input of the MLP that computes attention's bias: sign(d)·ln(1 + |d|) for every vertical and horizontal
 * distance d between two positions of a grid. Other grids have more or fewer distances on the same scale, so nothing is
 * resized. Swin V2, arXiv:2111.09883, §3.3; as in timm's RelPosMlp with mode `cr`, natural logarithms of whole distances.
 * @returns [(2·height−1)·(2·width−1), 2], row-major over (vertical, horizontal) distance, smallest first
 */
export function relativeLogDistances(height: number, width: number): Float32Array {
  const values: number[] = [];
  for (let y = 1 - height; y < height; y++) {
    for (let x = 1 - width; x < width; x++) values.push(logDistance(y), logDistance(x));
  }
  return Float32Array.from(values);
}

function logDistance(distance: number): number {
  return Math.sign(distance) * Math.log1p(Math.abs(distance));
}

/**
 * What an MLP makes attention's bias from: for every vertical and horizontal distance d between two positions of a
 * grid, sign(d)·ln(1 + |d|). Another grid has more or fewer distances of the same scale: nothing is resized.
 * After Swin V2, arXiv:2111.09883, §3.3; as timm's RelPosMlp in its mode `cr`, natural logarithms of whole distances.
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

/**
 * PIL's Image.blend of two levels (Blend.c), in 32-bit floats as there: between them for factors up to 1, beyond them and
 * clipped above.
 * @returns the blend from the first level (factor 0) to the second (factor 1)
 */
export function blendedLevels(factor: number): (from: number, to: number) => number {
  const shares = sharesOfDifferences(factor);
  return (from, to) => clipped(Math.fround(from + shares[to - from + 255]!));
}

/** [511] float32: the factor's share of each difference of two levels, −255 to 255. */
export function sharesOfDifferences(factor: number): Float32Array {
  const alpha = Math.fround(factor);
  const shares = new Float32Array(511);
  for (let difference = -255; difference <= 255; difference++) {
    shares[difference + 255] = alpha * difference;
  }
  return shares;
}

/** As C makes an unsigned byte of a float after clipping it. */
export function clipped(value: number): number {
  return value <= 0 ? 0 : value >= 255 ? 255 : Math.trunc(value);
}

/**
 * Blends two levels as PIL's Image.blend does (Blend.c), in 32-bit floats. Factors up to 1 interpolate; larger ones extrapolate
 * and clip.
 * @returns the blend from the first level (factor 0) to the second (factor 1)
 */
export function blendedLevels(factor: number): (from: number, to: number) => number {
  const shares = sharesOfDifferences(factor);
  return (from, to) => clipped(Math.fround(from + shares[to - from + 255]!));
}

/** Returns the factor times each possible difference of two levels, −255 to 255, as [511] float32. */
export function sharesOfDifferences(factor: number): Float32Array {
  const alpha = Math.fround(factor);
  const shares = new Float32Array(511);
  for (let difference = -255; difference <= 255; difference++) {
    shares[difference + 255] = alpha * difference;
  }
  return shares;
}

/** Clips a float and converts it to an unsigned byte as C does. */
export function clipped(value: number): number {
  return value <= 0 ? 0 : value >= 255 ? 255 : Math.trunc(value);
}

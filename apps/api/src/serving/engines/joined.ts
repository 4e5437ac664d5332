/**
 * @param make an array for so many numbers
 * @returns the arrays one after the other
 */
export function joined(
  arrays: readonly Float32Array[],
  make = (length: number): Float32Array => new Float32Array(length),
): Float32Array {
  const all = make(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
}

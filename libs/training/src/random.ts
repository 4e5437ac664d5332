/**
 * Random numbers as a pure function of what they are for (`seed`, epoch, picture, …): nothing has to be carried over
 * when a training resumes.
 * @returns a 32-bit unsigned integer
 */
export function hash(...keys: number[]): number {
  let state = 0x9e3779b9;
  for (const key of keys) state = mix((state ^ mix(key >>> 0)) + 0x9e3779b9);
  return state;
}

/** MurmurHash3's finalizer: every input bit changes every output bit half the time. */
function mix(value: number): number {
  value ^= value >>> 16;
  value = Math.imul(value, 0x85ebca6b);
  value ^= value >>> 13;
  value = Math.imul(value, 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

/** @returns a copy of `items` in an order that depends on `keys` alone (Fisher–Yates) */
export function shuffled<T>(items: readonly T[], ...keys: number[]): T[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const other = hash(...keys, last) % (last + 1);
    [result[last], result[other]] = [result[other]!, result[last]!];
  }
  return result;
}

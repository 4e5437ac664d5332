/**
 * Random numbers as a pure function of what they are for (`seed`, epoch, image, …): nothing has to be carried over when a
 * training resumes.
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

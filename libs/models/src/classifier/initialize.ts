import type { TensorSpec } from '../net/tensor-spec';

/** Returns a tensor's initial values, which depend only on seed, name and shape. */
export function initialize({ name, shape, initializer }: TensorSpec, seed: number): Float32Array {
  const values = new Float32Array(shape.reduce((product, side) => product * side, 1));
  if (initializer.kind === 'constant') return values.fill(initializer.value);
  const random = uniform(hash(name) ^ Math.imul(seed, 0x9e3779b1));
  if (initializer.kind === 'uniform') {
    const { bound } = initializer;
    for (let index = 0; index < values.length; index++) values[index] = (2 * random() - 1) * bound;
    return values;
  }
  const { deviation } = initializer;
  for (let index = 0; index < values.length; index += 2) {
    // Box–Muller: two independent normal values from two uniform ones.
    const radius = deviation * Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    values[index] = radius * Math.cos(angle);
    if (index + 1 < values.length) values[index + 1] = radius * Math.sin(angle);
  }
  return values;
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let state = 0x811c9dc5;
  for (const byte of Buffer.from(text)) state = Math.imul(state ^ byte, 0x01000193);
  return state;
}

/** SplitMix32: uniform values in [0, 1). */
function uniform(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    mixed ^= mixed >>> 15;
    return (mixed >>> 0) / 2 ** 32;
  };
}

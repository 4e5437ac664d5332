/**
 * The formula that fills the weights and images of the references, so that they need not be stored: see README.md.
 * @param name of the tensor in the state dict
 * @param shape in PyTorch's layout
 */
export function fill(name: string, shape: readonly number[]): Float32Array {
  const values = new Float32Array(shape.reduce((product, side) => product * side, 1));
  const last = name.slice(name.lastIndexOf('.') + 1);
  if (last === 'num_batches_tracked') return values;
  const { offset, factor, absolute = false } = rangeOf(name, last, shape);
  const seed = fnv1a(name);
  for (let index = 0; index < values.length; index++) {
    const u = noise(seed, index);
    values[index] = offset + factor * (absolute ? Math.abs(u) : u);
  }
  return values;
}

/** @returns [size, size, 3]; the formula runs over [3, size, size] */
export function filledImage(name: string, size: number): Float32Array {
  const seed = fnv1a(name);
  const values = new Float32Array(3 * size * size);
  for (let index = 0; index < values.length; index++) {
    const position = index % (size * size);
    values[position * 3 + Math.floor(index / (size * size))] = noise(seed, index);
  }
  return values;
}

/** Values are offset + factor · u, or of |u|. */
interface Range {
  offset: number;
  factor: number;
  absolute?: boolean;
}

function rangeOf(name: string, last: string, shape: readonly number[]): Range {
  if (last === 'running_mean' || last === 'bias') return { offset: 0, factor: 0.1 };
  if (last === 'running_var') return { offset: 1, factor: 0.5, absolute: true };
  if (last === 'relative_position_bias_table') return { offset: 0, factor: 0.5 };
  if (shape.length === 1) return { offset: 1, factor: 0.1 };
  const fanIn = shape.slice(1).reduce((product, side) => product * side, 1);
  return { offset: 0, factor: Math.sqrt((3 * gain(name)) / fanIn) };
}

/** Of a weight: keeps the logits dependent on the image, and in range. */
function gain(name: string): number {
  if (name.startsWith('stages.')) return 0.75;
  const numbers = name.split('.').filter((part) => /^\d+$/.test(part));
  return numbers.length >= 2 && Number(numbers[1]) > 0 ? 0.5 : 2.5;
}

/** Uniform in [-1, 1), a multiple of 2⁻²³. */
function noise(seed: number, index: number): number {
  let hash = (seed + Math.imul(index, 0x9e3779b1)) | 0;
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  hash ^= hash >>> 16;
  return (hash >>> 8) / 2 ** 23 - 1;
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

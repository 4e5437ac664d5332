import { cost, findArchitecture } from '@coatrack/models';

export interface Tensor {
  name: string;
  shape: readonly number[];
}

/** Lists the tensors of an architecture. */
export function tensorsOf(architecture: string, classes: number): Tensor[] {
  const found = findArchitecture(architecture);
  const { imageSize } = found.preprocessing;
  return cost(found, { imageSize, classes }).tensors.map(({ name, shape }) => ({ name, shape }));
}

/** Encodes a safetensors file in which every value is `fill`. */
export function safetensors(tensors: readonly Tensor[], fill = 0): Buffer {
  const header: Record<string, unknown> = {};
  let end = 0;
  for (const { name, shape } of tensors) {
    const begin = end;
    end += 4 * shape.reduce((product, size) => product * size, 1);
    header[name] = { dtype: 'F32', shape, data_offsets: [begin, end] };
  }
  const data = Buffer.from(new Float32Array(end / 4).fill(fill).buffer);
  return Buffer.concat([safetensorsHeader(header), data]);
}

/** Encodes weights that distinguish images: seeded noise, scaled so that activations stay near 1. */
export function seededSafetensors(tensors: readonly Tensor[], seed = 1): Buffer {
  const file = safetensors(tensors);
  let at = file.length - 4 * tensors.reduce((sum, { shape }) => sum + countOf(shape), 0);
  let state = seed;
  for (const { name, shape } of tensors) {
    const fanIn = shape.slice(1).reduce((product, size) => product * size, 1);
    const isScale = /running_var$|bn\d*\.weight$/.test(name);
    for (let i = 0; i < countOf(shape); i++, at += 4) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      const noise = (state / 2 ** 32 - 0.5) * 3;
      file.writeFloatLE(isScale ? 1 + noise / 10 : noise / Math.sqrt(fanIn), at);
    }
  }
  return file;
}

const countOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

/** Encodes the start of a safetensors file with any header, valid or not. */
export function safetensorsHeader(header: unknown): Buffer {
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text]);
}

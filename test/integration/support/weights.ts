import { cost, findArchitecture } from '@coatrack/models';

export interface Tensor {
  name: string;
  shape: readonly number[];
}

/** What an architecture's weights are made of. */
export function tensorsOf(architecture: string, classes: number): Tensor[] {
  const found = findArchitecture(architecture);
  const { imageSize } = found.preprocessing;
  return cost(found, { imageSize, classes }).tensors.map(({ name, shape }) => ({ name, shape }));
}

/** A safetensors file whose every value is `fill`. */
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

/** The beginning of a safetensors file: whatever the header says, true or not. */
export function safetensorsHeader(header: unknown): Buffer {
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text]);
}

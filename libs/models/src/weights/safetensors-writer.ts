import { writeAtomically } from './atomic-file';
import { elementBytes } from './tensor-types';
import type { WeightsTensor } from './weights-source';
import type { WriteGuard } from './write-guard';

/**
 * Writes a safetensors file atomically, with one tensor in memory at a time.
 * https://github.com/huggingface/safetensors#format
 * @throws TypeError when two tensors share a name or a tensor's values don't match its shape; whatever the guard throws
 */
export async function writeSafetensors(
  path: string,
  tensors: Iterable<WeightsTensor>,
  metadata: Readonly<Record<string, string>> = {},
  guard?: WriteGuard,
): Promise<void> {
  const write = async (append: (bytes: Uint8Array) => Promise<void>) => {
    for await (const bytes of safetensorsBytes(tensors, metadata)) await append(bytes);
  };
  await writeAtomically(path, write, guard);
}

/**
 * Yields the bytes of a safetensors file: its header, then one tensor after the other.
 * @throws TypeError like `writeSafetensors`
 */
export async function* safetensorsBytes(
  tensors: Iterable<WeightsTensor>,
  metadata: Readonly<Record<string, string>> = {},
): AsyncGenerator<Uint8Array> {
  // Readers map the file into memory; wider types come first to keep every tensor aligned.
  const ordered = [...tensors].sort((a, b) => elementBytes[b.dtype] - elementBytes[a.dtype]);
  yield headerOf(ordered, metadata);
  for (const tensor of ordered) yield await bytesOf(tensor);
}

function headerOf(
  tensors: readonly WeightsTensor[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const fields = new Map<string, unknown>();
  if (Object.keys(metadata).length > 0) fields.set('__metadata__', metadata);
  let begin = 0;
  for (const { name, dtype, shape } of tensors) {
    if (fields.has(name) || name === '__metadata__') {
      throw new TypeError(`A safetensors file cannot contain "${name}" twice.`);
    }
    const end = begin + countOf(shape) * elementBytes[dtype];
    fields.set(name, { dtype, shape, data_offsets: [begin, end] });
    begin = end;
  }
  const text = Buffer.from(JSON.stringify(Object.fromEntries(fields)));
  // Padded with spaces to a multiple of 8, so that the data is aligned.
  const json = Buffer.alloc(Math.ceil(text.length / 8) * 8, ' ');
  text.copy(json);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json]);
}

async function bytesOf({ name, shape, dtype, data }: WeightsTensor): Promise<Uint8Array> {
  const values = await data();
  const Values = dtype === 'I64' ? BigInt64Array : Float32Array;
  if (!(values instanceof Values) || values.length !== countOf(shape)) {
    throw new TypeError(
      `"${name}" is ${dtype} [${shape.join(', ')}] but contains ${values.length} values in a ${values.constructor.name}.`,
    );
  }
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function countOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

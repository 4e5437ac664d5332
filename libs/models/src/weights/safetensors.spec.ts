import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SafetensorsError } from '../errors';
import { openSafetensors } from './safetensors-reader';
import { writeSafetensors } from './safetensors-writer';
import type { WeightsTensor } from './weights-source';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safetensors-'));
  path = join(folder, 'weights.safetensors');
});
afterEach(() => rm(folder, { recursive: true }));

/** Writes a file with this header text and data, or this number of zero bytes. */
async function fileOf(header: string, data: Uint8Array | number): Promise<void> {
  const json = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const bytes = typeof data === 'number' ? Buffer.alloc(data) : data;
  await writeFile(path, Buffer.concat([length, json, bytes]));
}

function entry(shape: number[], data_offsets: unknown, dtype = 'F32') {
  return { dtype, shape, data_offsets };
}

function floats(name: string, shape: number[], values: number[]): WeightsTensor {
  return { name, shape, dtype: 'F32', data: async () => Float32Array.from(values) };
}

describe('safetensors', () => {
  it('a written file is read back', async () => {
    const counter: WeightsTensor = {
      name: 'bn.num_batches_tracked',
      shape: [],
      dtype: 'I64',
      data: async () => BigInt64Array.of(7n),
    };
    const tensors = [floats('a', [3], [1, -2, 0.5]), counter, floats('b.é', [1, 2], [3, 4])];
    await writeSafetensors(path, tensors, { format: 'pt' });

    const file = await openSafetensors(path);
    expect(file.metadata).toEqual({ format: 'pt' });
    expect(file.tensors.get('b.é')).toMatchObject({ dtype: 'F32', shape: [1, 2] });
    expect([...(await file.read('a'))]).toEqual([1, -2, 0.5]);
    expect([...(await file.read('b.é'))]).toEqual([3, 4]);
    expect([...(await file.read('bn.num_batches_tracked'))]).toEqual([7]);
    for (const { dtype, begin } of file.tensors.values()) {
      expect(begin % (dtype === 'I64' ? 8 : 4)).toBe(0);
    }
    await expect(file.read('c')).rejects.toThrow('does not contain the tensor "c"');
    await file.close();
    expect(await readdir(folder)).toEqual(['weights.safetensors']);
  });

  it('half precision is converted to single precision', async () => {
    const half = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7bff, 0xfc00, 0x8000);
    const brain = Uint16Array.of(0x3f80, 0xc000, 0x7f80);
    const header = {
      half: entry([6], [0, 12], 'F16'),
      brain: entry([3], [12, 18], 'BF16'),
    };
    const data = Buffer.concat([Buffer.from(half.buffer), Buffer.from(brain.buffer)]);
    await fileOf(JSON.stringify(header), data);
    const file = await openSafetensors(path);
    expect([...(await file.read('half'))]).toEqual([1, -2, 2 ** -24, 65504, -Infinity, -0]);
    expect([...(await file.read('brain'))]).toEqual([1, -2, Infinity]);
    await file.close();
  });

  it.each<[what: string, header: string, data: number, message: RegExp]>([
    ['text that is not JSON', '{"a": ', 0, /header is not JSON/],
    ['a list', '[]', 0, /not a JSON object/],
    ['a name twice', `{"a":${JSON.stringify(entry([1], [0, 4]))},"a":1}`, 4, /names "a" twice/],
    ['a field twice', '{"a":{"dtype":"F32","dtype":"F32"}}', 0, /names "dtype" twice/],
    ['an entry that is not an object', '{"a":3}', 0, /entry of "a" is not an object/],
    [
      'an unknown type',
      JSON.stringify({ a: entry([1], [0, 4], 'F8') }),
      4,
      /type "F8"; only F32, F16/,
    ],
    ['an inherited type', JSON.stringify({ a: entry([1], [0, 4], 'toString') }), 4, /toString/],
    ['a negative side', JSON.stringify({ a: entry([-1, -1], [0, 4]) }), 4, /shape of "a"/],
    ['a broken side', JSON.stringify({ a: entry([1.5], [0, 6]) }), 6, /shape of "a"/],
    ['a giant side', '{"a":{"dtype":"F32","shape":[1e300],"data_offsets":[0,4]}}', 4, /shape of/],
    ['one offset', JSON.stringify({ a: entry([1], [0]) }), 4, /"data_offsets" of "a"/],
    ['offsets the wrong way', JSON.stringify({ a: entry([1], [4, 0]) }), 4, /before it begins/],
    ['data beyond its end', JSON.stringify({ a: entry([2], [0, 8]) }), 4, /only 4 bytes of data/],
    ['a shape that lies', JSON.stringify({ a: entry([3], [0, 8]) }), 8, /12 bytes, but its data/],
    [
      'a shape that overflows',
      JSON.stringify({ a: entry([2 ** 40, 2 ** 40], [0, 8]) }),
      8,
      /but its data takes 8 bytes/,
    ],
    [
      'overlapping data',
      JSON.stringify({ a: entry([2], [0, 8]), b: entry([2], [4, 12]) }),
      12,
      /"b" overlaps that of "a"/,
    ],
    [
      'a gap',
      JSON.stringify({ a: entry([1], [0, 4]), b: entry([1], [8, 12]) }),
      12,
      /4 bytes between "a" and "b"/,
    ],
    ['data of nobody', JSON.stringify({ a: entry([1], [0, 4]) }), 9, /5 bytes at its end/],
    ['numbers as metadata', '{"__metadata__":{"step":3}}', 0, /"step" that is not a string/],
    ['an unknown field', '{"a":{"dtype":"F32","kind":1}}', 0, /unknown field "kind"/],
  ])('refuses %s', async (_, header, data, message) => {
    await fileOf(header, data);
    const failure = await openSafetensors(path).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SafetensorsError);
    expect((failure as Error).message).toMatch(message);
  });

  it('headers longer than the file or the limit are refused', async () => {
    const length = Buffer.alloc(8);
    await writeFile(path, length.subarray(0, 5));
    await expect(openSafetensors(path)).rejects.toThrow('5 bytes, too few');
    length.writeBigUInt64LE(2n ** 63n);
    await writeFile(path, length);
    await expect(openSafetensors(path)).rejects.toThrow('only 0 follow');
    await fileOf(' '.repeat(2 ** 24 + 1), 0);
    await expect(openSafetensors(path)).rejects.toThrow('more than 4194304');
  });

  it('a file that is cut off at any byte is refused', async () => {
    await writeSafetensors(path, [floats('a', [2], [1, 2])]);
    const whole = await readFile(path);
    for (let length = 0; length < whole.length; length += 7) {
      await writeFile(path, whole.subarray(0, length));
      await expect(openSafetensors(path), `${length} bytes`).rejects.toThrow(SafetensorsError);
    }
  });

  it('an existing file is kept when writing fails', async () => {
    await writeSafetensors(path, [floats('a', [1], [1])]);
    const old = await readFile(path);
    const lying = writeSafetensors(path, [floats('b', [1], [1]), floats('c', [3], [1, 2])]);
    await expect(lying).rejects.toThrow('"c" is F32 [3] but contains 2 values');
    const twice = writeSafetensors(path, [floats('b', [1], [1]), floats('b', [1], [1])]);
    await expect(twice).rejects.toThrow('"b" twice');
    let left = 2;
    const guard = async () => {
      if (left-- === 0) throw new Error('the room is kept');
    };
    const two = [floats('b', [1], [1]), floats('c', [1], [1])];
    await expect(writeSafetensors(path, two, {}, guard)).rejects.toThrow('the room is kept');
    expect(await readFile(path)).toEqual(old);
    expect(await readdir(folder)).toEqual(['weights.safetensors']);
  });
});

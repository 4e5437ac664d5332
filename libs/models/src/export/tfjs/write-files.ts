import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder, writeAtomically } from '../../weights/atomic-file';
import type { WriteGuard } from '../../weights/write-guard';
import type { StoredConstant } from './graph-builder';

/** Size of files that browsers cache. */
const shardBytes = 4 * 2 ** 20;
const elementBytes = { float32: 4, int32: 4, float16: 2 } as const;

export const modelFile = 'model.json';

/** One group of TensorFlow.js' weights manifest. */
interface WeightsGroup {
  paths: string[];
  weights: {
    name: string;
    shape: readonly number[];
    dtype: 'float32' | 'int32';
    quantization?: { dtype: 'float16'; original_dtype: 'float32' };
  }[];
}

/** Describes how constants are stored. */
export function weightsGroup(constants: readonly StoredConstant[]): WeightsGroup {
  const total = constants.reduce((sum, constant) => sum + bytesOf(constant), 0);
  const count = Math.ceil(total / shardBytes);
  return {
    paths: Array.from({ length: count }, (_, index) => `group1-shard${index + 1}of${count}.bin`),
    weights: constants.map(({ name, shape, dtype, stored }) => ({
      name,
      shape,
      dtype,
      ...(stored === 'float16' && {
        quantization: { dtype: stored, original_dtype: 'float32' as const },
      }),
    })),
  };
}

/**
 * Writes a model's files into a new folder, which appears complete or not at all. One constant and one shard are in memory
 * at a time.
 * @param folder a folder that does not exist yet or is empty
 */
export async function writeFiles(
  folder: string,
  model: object,
  { paths }: WeightsGroup,
  { constants, guard }: { constants: readonly StoredConstant[]; guard?: WriteGuard },
): Promise<void> {
  await checkFree(folder);
  const temporary = `${folder}.${randomUUID()}.tmp`;
  await mkdir(temporary);
  try {
    const names = paths.values();
    for await (const shard of shardsOf(constants)) {
      await writeAtomically(join(temporary, names.next().value!), (append) => append(shard), guard);
    }
    const json = Buffer.from(JSON.stringify(model));
    await writeAtomically(join(temporary, modelFile), (append) => append(json), guard);
    await rename(temporary, folder);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
  await syncFolder(dirname(folder));
}

async function checkFree(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (names.length > 0) throw new RangeError(`${folder} is not empty: it contains ${names[0]}.`);
}

/** Yields the concatenated constants in shards; a shard is valid until the next is requested. */
async function* shardsOf(constants: readonly StoredConstant[]): AsyncGenerator<Uint8Array> {
  const shard = new Uint8Array(shardBytes);
  let filled = 0;
  for (const constant of constants) {
    const bytes = await constant.bytes();
    if (bytes.length !== bytesOf(constant)) {
      throw new TypeError(
        `"${constant.name}" takes ${bytes.length} bytes instead of ${bytesOf(constant)}.`,
      );
    }
    for (let done = 0; done < bytes.length;) {
      const piece = bytes.subarray(done, done + shardBytes - filled);
      shard.set(piece, filled);
      done += piece.length;
      filled += piece.length;
      if (filled === shardBytes) {
        yield shard;
        filled = 0;
      }
    }
  }
  if (filled > 0) yield shard.subarray(0, filled);
}

function bytesOf({ shape, stored }: StoredConstant): number {
  return shape.reduce((product, side) => product * side, elementBytes[stored]);
}

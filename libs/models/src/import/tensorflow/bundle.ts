import { type FileHandle, open } from 'node:fs/promises';
import { fail } from '../../weights/fail';
import { readBytes } from '../../weights/read-bytes';
import { toFloat32 } from '../../weights/tensor-types';
import { crc32c } from '../crc32';
import type { NamedTensors } from '../weights-format';
import type { BundleEntry, BundleIndex } from './bundle-index';
import { unmasked } from './sstable';

/**
 * Opens a TensorFlow checkpoint: an index and the shards that it names. Every checksum is verified, a variable's when it is
 * read.
 * https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/util/tensor_bundle/tensor_bundle.h
 * @param shards paths of the shards, in order
 * @throws RangeError saying where it goes wrong
 */
export async function openBundle(
  { entries }: BundleIndex,
  shards: readonly string[],
): Promise<NamedTensors> {
  const handles: FileHandle[] = [];
  const close = async () => {
    await Promise.all(handles.map((handle) => handle.close()));
  };
  try {
    for (const path of shards) handles.push(await open(path, 'r'));
    const sizes = await Promise.all(handles.map(async (handle) => (await handle.stat()).size));
    for (const [name, { shard, offset, size }] of entries) {
      if (!(offset >= 0 && offset + size <= sizes[shard])) {
        fail(
          `"${name}" would take bytes ${offset} to ${offset + size} of shard ${shard}, which has ${sizes[shard]}`,
        );
      }
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    tensors: entries,
    read: (name) => {
      const entry = entries.get(name)!;
      return readValues(name, entry, handles[entry.shard]);
    },
    close,
  };
}

async function readValues(
  name: string,
  { dtype, offset, size, checksum }: BundleEntry,
  shard: FileHandle,
): Promise<Float32Array> {
  const data = await readBytes(shard, offset, size);
  if (crc32c(new Uint8Array(data)) !== unmasked(checksum)) {
    fail(`the values of "${name}" do not match their checksum`);
  }
  return toFloat32(dtype, data);
}

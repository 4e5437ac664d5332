import { open } from 'node:fs/promises';
import { type IField, Root } from 'protobufjs/light';
import { fail } from '../../weights/fail';
import { many, one } from '../../weights/proto-fields';
import { readBytes } from '../../weights/read-bytes';
import { elementBytes, type TensorType } from '../../weights/tensor-types';
import { readTable } from './sstable';

/** Position of one variable's values in a checkpoint. */
export interface BundleEntry {
  dtype: TensorType;
  shape: number[];
  shard: number;
  /** Bytes from the start of the shard. */
  offset: number;
  size: number;
  /** Masked CRC32C of the values. */
  checksum: number;
}

/** Contents of a checkpoint's index. */
export interface BundleIndex {
  shards: number;
  /** Variables by name, without non-numeric ones. */
  entries: Map<string, BundleEntry>;
}

/** Maximum size of an index, which is read into memory; larger than that of any network. */
export const maxIndexBytes = 2 ** 23;
const maxShards = 1000;

const message = (fields: Record<string, IField>) => ({ edition: 'proto3', fields });

/**
 * The fields of TensorFlow's messages that are used, with their numbers.
 * https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/protobuf/tensor_bundle.proto
 */
const root = Root.fromJSON({
  nested: {
    BundleHeaderProto: message({ numShards: one('int32', 1), endianness: one('int32', 2) }),
    BundleEntryProto: message({
      dtype: one('int32', 1),
      shape: one('TensorShapeProto', 2),
      shardId: one('int32', 3),
      offset: one('int64', 4),
      size: one('int64', 5),
      crc32c: one('fixed32', 6),
      slices: many('TensorSliceProto', 7),
    }),
    TensorShapeProto: message({ dim: many('Dim', 2) }),
    Dim: message({ size: one('int64', 1) }),
    TensorSliceProto: message({}),
  },
});

/** TensorFlow's DataType. */
const dataTypes: Readonly<Record<number, TensorType>> = {
  1: 'F32',
  2: 'F64',
  3: 'I32',
  4: 'U8',
  5: 'I16',
  6: 'I8',
  9: 'I64',
  10: 'BOOL',
  14: 'BF16',
  19: 'F16',
};

interface Header {
  numShards: number;
  endianness: number;
}

interface Entry {
  dtype: number;
  shape: { dim: { size: number }[] } | null;
  shardId: number;
  offset: number;
  size: number;
  crc32c: number;
  slices: unknown[];
}

/**
 * Reads the index of a checkpoint.
 * @throws RangeError saying where it goes wrong
 */
export async function readBundleIndex(path: string): Promise<BundleIndex> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size > maxIndexBytes) fail(`its index takes ${size} bytes, more than ${maxIndexBytes}`);
    return parseIndex(Buffer.from(await readBytes(file, 0, size)));
  } finally {
    await file.close();
  }
}

/** Returns the end of the values in each shard, in bytes. */
export function shardBytes({ shards, entries }: BundleIndex): number[] {
  const ends = new Array<number>(shards).fill(0);
  for (const { shard, offset, size } of entries.values()) {
    ends[shard] = Math.max(ends[shard], offset + size);
  }
  return ends;
}

function parseIndex(bytes: Buffer): BundleIndex {
  const values = readTable(bytes);
  const headerBytes = values.get('');
  if (!headerBytes) fail('it is a table without the header that a checkpoint has');
  values.delete('');
  const { numShards: shards, endianness } = decode<Header>('BundleHeaderProto', headerBytes);
  if (endianness !== 0) fail('its numbers are big-endian');
  if (!(shards >= 1 && shards <= maxShards)) fail(`it would have ${shards} shards`);
  const entries = new Map<string, BundleEntry>();
  for (const [name, value] of values) {
    const entry = readEntry(name, decode<Entry>('BundleEntryProto', value));
    if (!entry) continue;
    if (!(entry.shard >= 0 && entry.shard < shards)) {
      fail(`"${name}" is in shard ${entry.shard} of ${shards}`);
    }
    entries.set(name, entry);
  }
  return { shards, entries };
}

function readEntry(name: string, entry: Entry): BundleEntry | undefined {
  const { shardId: shard, offset, size, crc32c: checksum } = entry;
  const dtype = dataTypes[entry.dtype];
  if (!dtype) return undefined;
  if (entry.slices.length > 0) fail(`"${name}" is partitioned, which is not supported`);
  const shape = (entry.shape?.dim ?? []).map((dim) => dim.size);
  const bytes = shape.reduce((product, side) => product * side, elementBytes[dtype]);
  if (shape.some((side) => side < 0) || bytes !== size) {
    fail(`"${name}" has ${size} bytes, but ${dtype} of shape [${shape.join(', ')}] takes ${bytes}`);
  }
  return { dtype, shape, shard, offset, size, checksum };
}

function decode<T>(name: string, bytes: Buffer): T {
  const type = root.lookupType(name);
  try {
    return type.toObject(type.decode(bytes), { longs: Number, defaults: true }) as T;
  } catch (error) {
    return fail(`one of its entries is not a ${name}: ${(error as Error).message}`);
  }
}

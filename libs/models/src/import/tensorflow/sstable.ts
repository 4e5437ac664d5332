import { Reader } from 'protobufjs/light';
import { fail, shown } from '../../weights/fail';
import { crc32c } from '../crc32';

const footerBytes = 48;
const magic = Buffer.from('57fb808b247547db', 'hex');
/** Size of a block's trailer: its compression and its checksum. */
const trailerBytes = 5;
const compressions: Readonly<Record<number, string>> = { 1: 'Snappy', 2: 'zlib', 4: 'Zstandard' };

/** More than any network needs; limits the memory for a hostile table. */
const limits = { entries: 20_000, keyBytes: 1024 };

/** Returns whether a file with these last bytes is a table. */
export function isTable(last: Buffer): boolean {
  return last.length >= footerBytes && last.subarray(-magic.length).equals(magic);
}

/**
 * Reads a table of sorted keys and values and verifies the checksum of every block.
 * https://github.com/google/leveldb/blob/main/doc/table_format.md
 * @returns the values by key, as views of `table`
 * @throws RangeError saying where it goes wrong
 */
export function readTable(table: Buffer): Map<string, Buffer> {
  if (!isTable(table)) fail("it does not end like a checkpoint's index");
  const end = table.length - footerBytes;
  const footer = Reader.create(table.subarray(end));
  // The first handle is that of the metadata, which TensorFlow does not use.
  readHandle(footer);
  const values = new Map<string, Buffer>();
  let last: Buffer | undefined;
  for (const [, handle] of entriesOf(blockAt(table, end, readHandle(footer)))) {
    for (const [key, value] of entriesOf(blockAt(table, end, readHandle(Reader.create(handle))))) {
      // Sorted keys cannot repeat, so neither can blocks.
      if (last && last.compare(key) >= 0)
        fail(`its key "${shown(key.toString())}" is out of order`);
      if (values.size === limits.entries) fail(`it has more than ${limits.entries} entries`);
      last = key;
      values.set(key.toString(), value);
    }
  }
  return values;
}

interface BlockHandle {
  offset: number;
  size: number;
}

function readHandle(reader: Reader): BlockHandle {
  return { offset: reader.uint32(), size: reader.uint32() };
}

function blockAt(table: Buffer, end: number, { offset, size }: BlockHandle): Buffer {
  const place = `its block at byte ${offset}`;
  if (offset + size + trailerBytes > end) fail(`${place} would end after the table`);
  const checked = table.subarray(offset, offset + size + 1);
  if (unmasked(table.readUInt32LE(offset + size + 1)) !== crc32c(checked)) {
    fail(`${place} does not match its checksum`);
  }
  const compression = checked[size];
  if (compression !== 0) {
    const name = compressions[compression] ?? `method ${compression}`;
    fail(`${place} is compressed (${name}); TensorFlow's own checkpoints are not`);
  }
  return checked.subarray(0, size);
}

/** Yields a block's entries; keys share a prefix with the previous key. */
function* entriesOf(block: Buffer): Generator<[key: Buffer, value: Buffer]> {
  if (block.length < 4) fail('a block is too short for its restart points');
  const restarts = block.readUInt32LE(block.length - 4);
  const end = block.length - 4 * (restarts + 1);
  if (end < 0) fail(`a block is too short for ${restarts} restart points`);
  const reader = Reader.create(block.subarray(0, end));
  let key = Buffer.alloc(0);
  while (reader.pos < end) {
    const [shared, added, valueBytes] = [reader.uint32(), reader.uint32(), reader.uint32()];
    const start = reader.pos;
    if (shared > key.length) fail('a key shares more bytes than the previous key has');
    if (shared + added > limits.keyBytes) fail(`a key is longer than ${limits.keyBytes} bytes`);
    reader.skip(added + valueBytes);
    key = Buffer.concat([key.subarray(0, shared), block.subarray(start, start + added)]);
    yield [key, block.subarray(start + added, reader.pos)];
  }
}

/** Reverses LevelDB's masking of checksums, which protects checksums of data that contains checksums. */
export function unmasked(checksum: number): number {
  const rotated = (checksum - 0xa282ead8) >>> 0;
  return ((rotated >>> 17) | (rotated << 15)) >>> 0;
}

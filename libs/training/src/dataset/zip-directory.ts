import type { FileHandle } from 'node:fs/promises';
import { DatasetError } from './dataset-error';
import type { DatasetLimits } from './limits';
import { damaged, directoryEntry, readEntry, type ZipEntry } from './zip-entry';

/** Signatures and sizes, without names and comments, of a zip file's records: APPNOTE.TXT 4.3. */
const fileHeader = { signature: 0x04034b50, bytes: 30 };
const endRecord = { signature: 0x06054b50, bytes: 22 };
const zip64Locator = { signature: 0x07064b50, bytes: 20 };
const zip64End = { signature: 0x06064b50, bytes: 56 };

/**
 * How far from the end of the file to look for the end record: it may be followed by a comment, or by bytes added in transfer.
 */
const tailBytes = 2 ** 20;

/** Maximum number of candidates for the end record. A zip file has one; others are in its comment or in the bytes after it. */
const maxEndRecords = 100;

/** Bytes of the directory in memory at once. */
const chunkBytes = 2 ** 20;

/** Mean bytes allowed per directory entry for names, times and comments. */
const meanEntryBytes = 512;

interface Directory {
  begin: number;
  end: number;
  /** expected number of entries, modulo 65,536 unless it is zip64 */
  entries: number;
  /** bytes before the zip file itself, such as a program that unpacks it */
  shift: number;
}

/**
 * Reads a zip file's directory with one chunk in memory at a time. Counts the entries itself, because macOS's Archive Utility
 * writes their number modulo 65,536.
 * @throws DatasetError
 */
export async function readZipDirectory(
  file: FileHandle,
  limits: DatasetLimits,
): Promise<ZipEntry[]> {
  const { size } = await file.stat();
  const { begin, end, shift, entries } = await findDirectory(file, size);
  if (end - begin > limits.entries * meanEntryBytes)
    throw tooMany(`${end - begin} bytes of`, limits);
  const found: ZipEntry[] = [];
  for await (const record of directoryRecords(file, begin, end)) {
    if (found.length === limits.entries) throw tooMany(`more than ${limits.entries}`, limits);
    found.push(readEntry(record, shift));
  }
  if (found.length < entries) {
    throw damaged(`its end says ${entries} entries, its directory lists ${found.length}`);
  }
  return found;
}

function tooMany(found: string, { entries }: DatasetLimits): DatasetError {
  return new DatasetError(
    'TOO_MANY_ENTRIES',
    `The archive has ${found} entries; at most ${entries} are taken`,
  );
}

/** @returns the offset of an entry's data */
export async function findData(file: FileHandle, { offset }: ZipEntry): Promise<number> {
  const header = await readAt(file, offset, fileHeader.bytes);
  if (header?.readUInt32LE(0) !== fileHeader.signature) {
    throw new RangeError(`no entry begins at byte ${offset}`);
  }
  return offset + fileHeader.bytes + header.readUInt16LE(26) + header.readUInt16LE(28);
}

/** @returns undefined when the file ends earlier */
export async function readAt(
  file: FileHandle,
  offset: number,
  length: number,
): Promise<Buffer | undefined> {
  if (!Number.isSafeInteger(offset) || offset < 0) return undefined;
  const bytes = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, length - done, offset + done);
    if (bytesRead === 0) return undefined;
    done += bytesRead;
  }
  return bytes;
}

async function findDirectory(file: FileHandle, size: number): Promise<Directory> {
  const start = Math.max(0, size - tailBytes);
  const tail = await readAt(file, start, size - start);
  if (!tail) throw damaged('it became shorter while it was read');
  const signature = Buffer.from('PK\x05\x06');
  let last: DatasetError | undefined;
  let at = tail.length;
  for (let tried = 0; tried < maxEndRecords && at > 0; tried++) {
    at = tail.lastIndexOf(signature, at - 1);
    if (at < 0) break;
    const record = tail.subarray(at, at + endRecord.bytes);
    if (record.length < endRecord.bytes) continue;
    if (record.readUInt16LE(4) !== 0 || record.readUInt16LE(6) !== 0) {
      last ??= damaged('it is one part of several; join them first');
      continue;
    }
    const found = await directoryBefore(file, start + at, record);
    if (found) return found;
  }
  throw last ?? damaged('the record that ends a zip file is missing');
}

async function directoryBefore(
  file: FileHandle,
  endAt: number,
  record: Buffer,
): Promise<Directory | undefined> {
  const claims = {
    entries: record.readUInt16LE(10),
    bytes: record.readUInt32LE(12),
    begin: record.readUInt32LE(16),
    end: endAt,
  };
  const locatorAt = endAt - zip64Locator.bytes;
  const locator = await readAt(file, locatorAt, zip64Locator.bytes);
  if (locator?.readUInt32LE(0) === zip64Locator.signature) {
    // Bytes before the zip file move the record away from the position in the locator.
    for (const at of [Number(locator.readBigUInt64LE(8)), locatorAt - zip64End.bytes]) {
      const zip64 = await readAt(file, at, zip64End.bytes);
      if (zip64?.readUInt32LE(0) !== zip64End.signature) continue;
      claims.entries = Number(zip64.readBigUInt64LE(32));
      claims.bytes = Number(zip64.readBigUInt64LE(40));
      claims.begin = Number(zip64.readBigUInt64LE(48));
      claims.end = at;
      break;
    }
  }
  for (const begin of [claims.begin, claims.end - claims.bytes]) {
    const end = begin + claims.bytes;
    if (end > claims.end || !(await beginsDirectory(file, begin, claims.bytes))) continue;
    const shift = begin - claims.begin;
    if (shift < 0) throw damaged('its beginning is missing; of several parts, join them first');
    // The end record of a zip file within a truncated zip file fits as well. Such a file begins like a zip file.
    const first = shift > 0 ? await readAt(file, 0, 4) : undefined;
    if (first?.readUInt32LE(0) === fileHeader.signature) return undefined;
    return { begin, end, entries: claims.entries, shift };
  }
  return undefined;
}

async function beginsDirectory(file: FileHandle, begin: number, bytes: number): Promise<boolean> {
  if (bytes === 0) return begin >= 0;
  return (await readAt(file, begin, 4))?.readUInt32LE(0) === directoryEntry.signature;
}

/** Yields the records from `begin` to `end`, each with its name and its extra fields. */
async function* directoryRecords(
  file: FileHandle,
  begin: number,
  end: number,
): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  let at = begin;
  const need = async (bytes: number): Promise<void> => {
    while (rest.length < bytes) {
      const length = Math.min(chunkBytes, end - at);
      const chunk = length > 0 ? await readAt(file, at, length) : undefined;
      if (!chunk) throw damaged('its directory ends within an entry');
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      at += length;
    }
  };
  while (at < end || rest.length > 0) {
    await need(4);
    // A signature of the directory may follow its entries.
    if (rest.readUInt32LE(0) !== directoryEntry.signature) return;
    await need(directoryEntry.bytes);
    const length =
      directoryEntry.bytes + rest.readUInt16LE(28) + rest.readUInt16LE(30) + rest.readUInt16LE(32);
    await need(length);
    yield rest.subarray(0, length);
    rest = rest.subarray(length);
  }
}

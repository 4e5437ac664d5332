import { crc32 } from '@coatrack/models';
import { DatasetError } from './dataset-error';
import { maxNameBytes } from './entry-path';

/** An entry as listed in the zip file's directory. */
export interface ZipEntry {
  name: Buffer;
  /** whether the entry declares its name as UTF-8 */
  utf8: boolean;
  host: number;
  attributes: number;
  method: number;
  encrypted: boolean;
  crc32: number;
  bytes: number;
  packedBytes: number;
  /** offset of the entry's own header in the file */
  offset: number;
}

/** Signature of an entry's record, and its size without name and extra fields: APPNOTE.TXT 4.3.12. */
export const directoryEntry = { signature: 0x02014b50, bytes: 46 };

export function damaged(reason: string, where?: string): DatasetError {
  return new DatasetError(
    'NOT_AN_ARCHIVE',
    where === undefined
      ? `The zip file is damaged or cut off: ${reason}`
      : `The zip file is damaged at ${where}: ${reason}`,
    where === undefined ? [] : [{ where, message: reason }],
  );
}

/** Reads an entry's record, including its name and its extra fields. */
export function readEntry(record: Buffer, shift: number): ZipEntry {
  const flags = record.readUInt16LE(8);
  const nameBytes = record.readUInt16LE(28);
  const nameEnd = directoryEntry.bytes + nameBytes;
  const name = record.subarray(directoryEntry.bytes, nameEnd);
  if (nameBytes > maxNameBytes) {
    const where = `${name.subarray(0, 100).toString('latin1')}…`;
    const message = `A name of ${nameBytes} bytes; at most ${maxNameBytes} are taken`;
    throw new DatasetError('UNSAFE_ENTRY_NAME', message, [{ where, message }]);
  }
  const fields = extraFields(record.subarray(nameEnd, nameEnd + record.readUInt16LE(30)));
  const unicodeName = unicodePath(fields.get(0x7075), name);
  const [bytes, packedBytes, offset] = wideNumbers(fields.get(1), [
    record.readUInt32LE(24),
    record.readUInt32LE(20),
    record.readUInt32LE(42),
  ]);
  return {
    // Copied, because a slice would keep the whole chunk in memory.
    name: Buffer.from(unicodeName ?? name),
    utf8: (flags & 0x800) !== 0 || unicodeName !== undefined,
    host: record.readUInt8(5),
    attributes: record.readUInt32LE(38),
    method: record.readUInt16LE(10),
    encrypted: (flags & 0x2041) !== 0,
    crc32: record.readUInt32LE(16),
    bytes: bytes!,
    packedBytes: packedBytes!,
    offset: offset! + shift,
  };
}

/** Returns the name in Info-ZIP's field, which holds a version, a checksum of the original name, and the name in UTF-8. */
function unicodePath(field: Buffer | undefined, name: Buffer): Buffer | undefined {
  if (!field || field.length < 6 || field[0] !== 1) return undefined;
  return field.readUInt32LE(1) === crc32(name) ? field.subarray(5) : undefined;
}

function extraFields(bytes: Buffer): Map<number, Buffer> {
  const fields = new Map<number, Buffer>();
  for (let at = 0; at + 4 <= bytes.length;) {
    const end = at + 4 + bytes.readUInt16LE(at + 2);
    fields.set(bytes.readUInt16LE(at), bytes.subarray(at + 4, end));
    at = end;
  }
  return fields;
}

/**
 * Returns the numbers with those that are all ones in the record read from Zip64's extra field, which keeps them in this order.
 */
function wideNumbers(field: Buffer | undefined, numbers: number[]): number[] {
  let at = 0;
  return numbers.map((number) => {
    if (number !== 0xffffffff || !field) return number;
    if (at + 8 > field.length) throw damaged('a zip64 entry lacks its sizes');
    at += 8;
    return Number(field.readBigUInt64LE(at - 8));
  });
}

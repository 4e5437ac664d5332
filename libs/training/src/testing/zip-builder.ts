import { writeFile } from 'node:fs/promises';
import { deflateRawSync } from 'node:zlib';
import { crc32 } from '@coatrack/models';

/** An entry, which may claim false properties. */
export interface ForgedEntry {
  /** text is written and declared as UTF-8; bytes are written as they are, without a declaration */
  name: string | Buffer;
  bytes?: Uint8Array;
  deflate?: boolean;
  /** false claims in the directory */
  claims?: {
    size?: number;
    compressedSize?: number;
    checksum?: number;
    method?: number;
    flags?: number;
    /** Unix mode including the file type */
    mode?: number;
    /** the archiver's system: 0 DOS and Windows, 3 Unix */
    host?: number;
  };
  /** index of an earlier entry whose data this one shares */
  sharesDataOf?: number;
}

/** Builds a zip file by hand, so that every field can be false. */
export function buildZip(entries: ForgedEntry[], { entryCount = entries.length } = {}): Buffer {
  const chunks: Buffer[] = [];
  const directory: Buffer[] = [];
  const offsets: number[] = [];
  let offset = 0;
  for (const entry of entries) {
    const plain = Buffer.from(entry.bytes ?? []);
    const packed = entry.deflate ? deflateRawSync(plain) : plain;
    const name = Buffer.from(entry.name);
    const { claims = {} } = entry;
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    const saysUtf8 = typeof entry.name === 'string' ? 0x800 : 0;
    fields.writeUInt16LE(saysUtf8 | (claims.flags ?? 0), 2);
    fields.writeUInt16LE(claims.method ?? (entry.deflate ? 8 : 0), 4);
    fields.writeUInt32LE(claims.checksum ?? crc32(plain), 10);
    fields.writeUInt32LE(claims.compressedSize ?? packed.length, 14);
    fields.writeUInt32LE(claims.size ?? plain.length, 18);
    fields.writeUInt16LE(name.length, 22);
    if (entry.sharesDataOf === undefined) {
      offsets.push(offset);
      const local = Buffer.concat([Buffer.from('PK\x03\x04'), fields, name, packed]);
      chunks.push(local);
      offset += local.length;
    } else {
      offsets.push(offsets[entry.sharesDataOf]!);
    }
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(((claims.mode ?? 0o100644) << 16) >>> 0, 6);
    tail.writeUInt32LE(offsets.at(-1)!, 10);
    const madeBy = Buffer.from([20, claims.host ?? 3]);
    directory.push(Buffer.from('PK\x01\x02'), madeBy, fields, tail, name);
  }
  const listing = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entryCount % 65_536, 4);
  end.writeUInt16LE(entryCount % 65_536, 6);
  end.writeUInt32LE(listing.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...chunks, listing, Buffer.from('PK\x05\x06'), end]);
}

export async function writeZip(path: string, entries: ForgedEntry[]): Promise<string> {
  await writeFile(path, buildZip(entries));
  return path;
}

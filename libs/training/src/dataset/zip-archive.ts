import { open, type FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';
import { crc32 } from '@coatrack/models';
import { Archive, type ArchiveContent, type ArchiveFile } from './archive';
import { DatasetError, type DatasetProblem } from './dataset-error';
import { cleanPath, refuseDuplicates, refuseUnsafe, unsafeName } from './entry-path';
import type { DatasetLimits } from './limits';
import { decodeNames, type NameEncoding } from './name-encoding';
import { findData, readAt, readZipDirectory } from './zip-directory';
import { damaged, type ZipEntry } from './zip-entry';

interface ZipFile extends ArchiveFile {
  entry: ZipEntry;
}

const inflate = promisify(inflateRaw);

const stored = 0;
const deflated = 8;
/** Compression methods by APPNOTE.TXT 4.4.5, with the programs that write them. */
const methodNames: Record<number, string> = {
  1: 'Shrink',
  6: 'Implode',
  9: 'Deflate64',
  12: 'bzip2',
  14: 'LZMA',
  93: 'Zstandard',
  95: 'xz',
  98: 'PPMd',
};

/** Returns the largest possible compressed size. Deflate adds a few bytes to each block that it cannot compress. */
const mostPackedBytes = (bytes: number) => bytes + (bytes >> 7) + 1024;

/** A zip file on disk. Opening it reads the directory, and entries are then read one by one. */
export class ZipArchive extends Archive<ZipFile> {
  private constructor(
    private readonly file: FileHandle,
    readonly files: readonly ZipFile[],
    readonly folders: readonly string[],
    readonly warnings: readonly string[],
  ) {
    super();
  }

  /** @throws DatasetError */
  static async open(
    path: string,
    limits: DatasetLimits,
    nameEncoding?: NameEncoding,
  ): Promise<ZipArchive> {
    const file = await open(path);
    try {
      const entries = await readZipDirectory(file, limits);
      const { names, warnings } = namesOf(entries, nameEncoding);
      refuseUnsafe(entries.flatMap((entry, index) => unsafeEntry(names[index]!, entry)));
      const files: ZipFile[] = [];
      const folders: string[] = [];
      entries.forEach((entry, index) => {
        const clean = cleanPath(names[index]!);
        const { bytes, packedBytes } = entry;
        if (clean.endsWith('/')) folders.push(clean);
        else if (clean !== '') files.push({ path: clean, bytes, packedBytes, entry });
      });
      refuseDuplicates(files);
      return new ZipArchive(file, files, folders, warnings);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  *contents(files: readonly ZipFile[]): Generator<ArchiveContent<ZipFile>> {
    refuseUnreadable(files);
    for (const file of files) yield { file, read: () => this.read(file) };
  }

  close(): Promise<void> {
    return this.file.close();
  }

  private async read({ path, entry }: ZipFile): Promise<Buffer> {
    const { method, packedBytes, crc32: checksum } = entry;
    if (packedBytes > mostPackedBytes(entry.bytes)) {
      throw damaged(`${packedBytes} bytes of it cannot be ${entry.bytes} bytes unpacked`, path);
    }
    let bytes: Buffer;
    try {
      const packed = await readAt(this.file, await findData(this.file, entry), packedBytes);
      if (!packed) throw new RangeError('the file ends before');
      bytes = method === stored ? packed : await unpack(packed, entry.bytes);
    } catch (error) {
      if (error instanceof Error && 'syscall' in error) throw error;
      if (isTooLarge(error)) throw largerThanListed(path, entry.bytes);
      throw damaged((error as Error).message, path);
    }
    if (bytes.length !== entry.bytes || crc32(bytes) !== checksum) {
      throw damaged('its size or checksum differ from what the directory says', path);
    }
    return bytes;
  }
}

function namesOf(
  entries: readonly ZipEntry[],
  nameEncoding?: NameEncoding,
): { names: string[]; warnings: string[] } {
  const unmarked = entries.flatMap(({ utf8 }, index) => (utf8 ? [] : [index]));
  const { names, encoding, guessed } = decodeNames(
    unmarked.map((index) => entries[index]!.name),
    nameEncoding,
  );
  const all = entries.map(({ name }) => name.toString('utf8'));
  names.forEach((name, index) => (all[unmarked[index]!] = name));
  const example = names.find((name) => /[^\0-\x7f]/.test(name));
  const warning =
    `The archive does not say how its names are encoded; they were read as ${encoding}, as in "${example}". ` +
    'If they look wrong, upload it again and give nameEncoding.';
  return { names: all, warnings: guessed ? [warning] : [] };
}

function unsafeEntry(name: string, { host, attributes }: ZipEntry): DatasetProblem[] {
  const message = isSpecialFile(host, attributes)
    ? 'A link or another special file'
    : unsafeName(name);
  return message === undefined ? [] : [{ where: name, message }];
}

/**
 * Returns whether an entry is a special file. Unix (3) and macOS (19) archivers keep the file type in the upper bits of the
 * attributes.
 */
function isSpecialFile(host: number, attributes: number): boolean {
  const type = (attributes >>> 16) & 0o170000;
  const regular = 0o100000;
  const folder = 0o040000;
  return [3, 19].includes(host) && ![0, regular, folder].includes(type);
}

/** @throws DatasetError naming every file that is encrypted or uses an unsupported compression method */
function refuseUnreadable(files: readonly ZipFile[]): void {
  const encrypted = files.filter(({ entry }) => entry.encrypted);
  if (encrypted.length > 0) {
    throw new DatasetError(
      'ENCRYPTED_ENTRY',
      'The archive is encrypted; pack it without a password',
      encrypted.map(({ path }) => ({ where: path, message: 'Encrypted' })),
    );
  }
  const foreign = files.filter(({ entry }) => ![stored, deflated].includes(entry.method));
  if (foreign.length === 0) return;
  const methods = new Set(foreign.map(({ entry }) => nameOfMethod(entry.method)));
  throw new DatasetError(
    'UNSUPPORTED_COMPRESSION',
    `The archive is compressed by ${[...methods].join(' and ')}; pack it by Deflate, which zip programs do unless told ` +
      'otherwise (7-Zip: Compression method "Deflate")',
    foreign.map(({ path, entry }) => ({ where: path, message: nameOfMethod(entry.method) })),
  );
}

function nameOfMethod(method: number): string {
  return methodNames[method] ?? `compression method ${method}`;
}

async function unpack(packed: Buffer, bytes: number): Promise<Buffer> {
  return bytes === 0 ? Buffer.alloc(0) : inflate(packed, { maxOutputLength: bytes });
}

function isTooLarge(error: unknown): boolean {
  return error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
}

function largerThanListed(path: string, bytes: number): DatasetError {
  return new DatasetError(
    'ENTRY_TOO_LARGE',
    `${path} is larger than the archive's directory says (${bytes} bytes)`,
    [{ where: path, message: `More than ${bytes} bytes` }],
  );
}

import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { type Extract, extract, type Header } from 'tar-stream';
import { Archive, type ArchiveContent, type ArchiveFile } from './archive';
import { DatasetError, type DatasetProblem } from './dataset-error';
import { cleanPath, maxNameBytes, refuseDuplicates, refuseUnsafe, unsafeName } from './entry-path';
import type { DatasetLimits } from './limits';
import { decodeNames, type NameEncoding } from './name-encoding';

interface TarFile extends ArchiveFile {
  /** index among all entries */
  place: number;
}

interface TarOptions {
  gzipped: boolean;
  limits: DatasetLimits;
  nameEncoding?: NameEncoding;
}

type Entry = Extract extends AsyncIterable<infer Each> ? Each : never;

/** An entry whose name is not decoded yet. */
interface Listed {
  name: Buffer;
  type: Header['type'];
  bytes: number;
}

/** Any archive may unpack to this many bytes, whatever its own size. */
const freeBytes = 2 ** 30;

/**
 * A tar file on disk, plain or gzipped. Tar has no directory, and gzip can be read only from its beginning, so one pass lists
 * the entries and another reads the wanted ones in the archive's order.
 */
export class TarArchive extends Archive<TarFile> {
  private constructor(
    private readonly path: string,
    private readonly gzipped: boolean,
    private readonly maxBytes: number,
    readonly files: readonly TarFile[],
    readonly folders: readonly string[],
    readonly warnings: readonly string[],
  ) {
    super();
  }

  /** @throws DatasetError */
  static async open(
    path: string,
    { gzipped, limits, nameEncoding }: TarOptions,
  ): Promise<TarArchive> {
    const { size } = await stat(path);
    if (!gzipped && !(await endsInZeros(path, size))) {
      throw new DatasetError(
        'NOT_AN_ARCHIVE',
        'The tar file is cut off: the zeros that end it are missing',
      );
    }
    const { compressionRatio, totalBytes } = limits;
    const maxBytes = Math.min(totalBytes, Math.max(size * compressionRatio, freeBytes));
    const listed: Listed[] = [];
    for await (const entry of entriesOf(path, gzipped, maxBytes)) {
      if (listed.length === limits.entries) throw tooMany(limits);
      listed.push(listEntry(entry.header));
      entry.resume();
    }
    const { names, encoding, guessed } = decodeNames(
      listed.map(({ name }) => name),
      nameEncoding,
    );
    refuseUnsafe(listed.flatMap(({ type }, index) => unsafeEntry(names[index]!, type)));
    const files: TarFile[] = [];
    const folders: string[] = [];
    listed.forEach(({ type, bytes }, place) => {
      const clean = cleanPath(names[place]!);
      if (clean === '') return;
      if (type === 'directory') folders.push(clean.endsWith('/') ? clean : `${clean}/`);
      else files.push({ path: clean, bytes, packedBytes: bytes, place });
    });
    refuseDuplicates(files);
    const warnings = guessed ? [`The names in the archive were read as ${encoding}.`] : [];
    return new TarArchive(path, gzipped, maxBytes, files, folders, warnings);
  }

  async *contents(files: readonly TarFile[]): AsyncGenerator<ArchiveContent<TarFile>> {
    const wanted = new Map(files.map((file) => [file.place, file]));
    let place = 0;
    for await (const entry of entriesOf(this.path, this.gzipped, this.maxBytes)) {
      const file = wanted.get(place++);
      if (file) {
        const bytes = await collect(entry, file);
        yield { file, read: () => Promise.resolve(bytes) };
      } else {
        entry.resume();
      }
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** @throws DatasetError when the archive is damaged, cut off, or unpacks to more than `maxBytes` */
async function* entriesOf(path: string, gzipped: boolean, maxBytes: number): AsyncGenerator<Entry> {
  // tar-stream has these options, but its types lack them.
  const options: object = { filenameEncoding: 'latin1', allowUnknownFormat: true };
  const archive = extract(options);
  const unzip = gzipped ? [createGunzip()] : [];
  const reading = pipeline([createReadStream(path), ...unzip, bounded(maxBytes), archive]);
  // The promise is awaited after the last entry. Until then its failure must not count as unhandled.
  reading.catch(() => undefined);
  try {
    yield* archive;
    await reading;
  } catch (error) {
    archive.destroy();
    const cause = await reading.then(
      () => error,
      (reason: unknown) => (isEarlyEnd(reason) ? error : reason),
    );
    throw explained(cause);
  } finally {
    archive.destroy();
    await reading.catch(() => undefined);
  }
}

/**
 * Returns whether the file ends in zeros. gzip detects by itself that it is cut off, but tar cut between two files does not.
 */
async function endsInZeros(path: string, size: number): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(
      Buffer.alloc(512),
      0,
      512,
      Math.max(0, size - 512),
    );
    return bytesRead === 512 && buffer.every((byte) => byte === 0);
  } finally {
    await file.close();
  }
}

function isEarlyEnd(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE';
}

/** Passes system errors about files through and attributes all others to the archive. */
function explained(error: unknown): unknown {
  if (error instanceof DatasetError || !(error instanceof Error) || 'syscall' in error)
    return error;
  const message = `The tar file is damaged or cut off: ${error.message}`;
  return new DatasetError('NOT_AN_ARCHIVE', message, [], { cause: error });
}

function bounded(maxBytes: number): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      bytes += chunk.length;
      if (bytes <= maxBytes) done(null, chunk);
      else done(tooLarge(maxBytes));
    },
  });
}

function tooLarge(maxBytes: number): DatasetError {
  return new DatasetError(
    'ARCHIVE_TOO_LARGE',
    `The archive unpacks to more than ${maxBytes} bytes, which are taken at most for its size`,
  );
}

function tooMany({ entries }: DatasetLimits): DatasetError {
  return new DatasetError(
    'TOO_MANY_ENTRIES',
    `The archive has more than ${entries} entries, which are taken at most`,
  );
}

function listEntry({ name, type, size, pax }: Header): Listed {
  // Only an extended header declares the encoding of its names: UTF-8.
  const bytes = Buffer.from(name, hasPath(pax) ? 'utf8' : 'latin1');
  if (bytes.length > maxNameBytes) {
    const message = `A name of ${bytes.length} bytes; at most ${maxNameBytes} are taken`;
    throw new DatasetError('UNSAFE_ENTRY_NAME', message, [
      { where: `${name.slice(0, 100)}…`, message },
    ]);
  }
  return { name: bytes, type, bytes: size };
}

function hasPath(extended: unknown): boolean {
  return typeof extended === 'object' && extended !== null && 'path' in extended;
}

function unsafeEntry(name: string, type: Header['type']): DatasetProblem[] {
  const message = isSpecial(type)
    ? 'A link or another special file; tar packs what links point to by --dereference --hard-dereference'
    : unsafeName(name);
  return message === undefined ? [] : [{ where: name, message }];
}

function isSpecial(type: Header['type']): boolean {
  return !['file', 'contiguous-file', 'directory'].includes(type);
}

async function collect(entry: Entry, { path, bytes }: TarFile): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of entry) chunks.push(chunk as Uint8Array);
  const all = Buffer.concat(chunks);
  if (all.length === bytes) return all;
  throw new DatasetError('NOT_AN_ARCHIVE', `The tar file is damaged at ${path}`, [
    { where: path, message: `${all.length} bytes instead of ${bytes}` },
  ]);
}

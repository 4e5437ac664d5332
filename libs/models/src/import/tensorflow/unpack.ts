import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { type Extract, extract } from 'tar-stream';
import { fail, shown } from '../../weights/fail';
import { isOfSystem } from '../../weights/system-error';
import { guardedBytes } from '../../weights/write-guard';
import type { FileEdges, UnpackingSpace, WeightsFile } from '../weights-format';
import { maxIndexBytes } from './bundle-index';
import { isCheckpointFile, isShard } from './checkpoint-files';

type Entry = Extract extends AsyncIterable<infer E> ? E : never;

/** Maximum number of entries in an archive; a checkpoint has a handful. */
const maxEntries = 1000;
const maxIndexes = 10;
/** Maximum length of an entry's name; an archive could make each of them megabytes long. */
const maxNameLength = 1024;
/** Maximum number of an entry's extended attributes; an archive could have a hundred thousand for each. */
const maxAttributes = 100;

/** Maximum ratio; weights hardly compress. */
const maxCompressionRatio = 20;
/** Size in bytes below which the ratio is not checked. */
const ratioFloor = 2 ** 20;

/** An archive to read. */
export interface Archive {
  file: WeightsFile;
  edges: Pick<FileEdges, 'first'>;
}

/** A checkpoint's values within an archive. */
interface ArchivedShard {
  name: string;
  archive: Archive;
}

/** Returns whether a file with these first bytes is a tar archive or compressed by gzip. */
export function isArchive({ first }: Pick<FileEdges, 'first'>): boolean {
  return isGzip(first) || first.subarray(257, 262).equals(Buffer.from('ustar'));
}

function isGzip(first: Buffer): boolean {
  return first[0] === 0x1f && first[1] === 0x8b;
}

/**
 * Unpacks the indexes of a `.tar` or `.tgz` under generated names, so that no name in the archive becomes a path. Lists the
 * shards and skips everything else, including links.
 * @throws RangeError saying what is wrong
 */
export async function unpackIndexes(
  archive: Archive,
  space: UnpackingSpace,
): Promise<{ indexes: WeightsFile[]; shards: ArchivedShard[] }> {
  const indexes: WeightsFile[] = [];
  const shards: ArchivedShard[] = [];
  await readEntries(archive, async (entry, name) => {
    if (!isCheckpointFile(name)) return;
    if (isShard(name)) {
      shards.push({ name, archive });
      return;
    }
    const { size } = entry.header;
    if (size! > maxIndexBytes) fail(`"${name}" takes ${size} bytes, more than ${maxIndexBytes}`);
    if (indexes.length === maxIndexes) fail(`it contains more than ${maxIndexes} checkpoints`);
    indexes.push({ name, path: await written(entry, space) });
  });
  return { indexes, shards };
}

/**
 * Unpacks the shards that an index names, up to the end of their values.
 * @param wanted number of bytes to unpack by name
 * @throws RangeError saying what is wrong
 */
export async function unpackShards(
  archive: Archive,
  wanted: ReadonlyMap<string, number>,
  space: UnpackingSpace,
): Promise<WeightsFile[]> {
  const files: WeightsFile[] = [];
  await readEntries(archive, async (entry, name) => {
    const bytes = wanted.get(name);
    if (bytes === undefined) return;
    files.push({ name, path: await written(entry, space, bytes) });
  });
  return files;
}

/** Calls `take` with every file in the archive and skips whatever it does not read. */
async function readEntries(
  { file, edges }: Archive,
  take: (entry: Entry, name: string) => Promise<void>,
): Promise<void> {
  const tar = extract();
  const { size } = await stat(file.path);
  const unzip = isGzip(edges.first) ? [createGunzip(), bounded(size)] : [];
  const reading = pipeline([createReadStream(file.path), ...unzip, tar]);
  const taking = takeEntries(tar, take);
  const [read, taken] = await Promise.allSettled([reading, taking]);
  // If taking ends early, the reader's error only says that its output was closed.
  if (taken.status === 'rejected' && isEarlyEnd(read)) throw explained(taken.reason);
  if (read.status === 'rejected') throw explained(read.reason);
}

/** Handles one entry after the other; an entry is done when its stream has ended. */
function takeEntries(
  tar: Extract,
  take: (entry: Entry, name: string) => Promise<void>,
): Promise<void> {
  let entries = 0;
  return new Promise((done, refuse) => {
    tar.on('finish', () => done());
    tar.on('error', refuse);
    tar.on('close', () => done());
    tar.on('entry', (header, entry, next) => {
      // The archive's own error is more specific.
      entry.on('error', () => undefined);
      const ended = new Promise<void>((over) => entry.on('close', () => over()));
      const taken = async () => {
        if (++entries > maxEntries) fail(`it has more than ${maxEntries} entries`);
        const { name, type, pax } = header;
        if (name.length > maxNameLength) {
          fail(
            `the name "${shown(name)}" in it has ${name.length} characters, more than ${maxNameLength}`,
          );
        }
        if (Object.keys((pax as object | null) ?? {}).length > maxAttributes) {
          fail(`"${shown(name)}" in it has more than ${maxAttributes} extended attributes`);
        }
        if (type === 'file') await take(entry as Entry, name);
        entry.resume();
        // The stream of a folder with a size never ends.
        if (type !== 'directory') await ended;
      };
      taken().then(
        () => next(),
        (error) => {
          refuse(error);
          tar.destroy();
        },
      );
    });
  });
}

/** @param bytes maximum to write; default: all */
async function written(
  entry: Entry,
  { temporaryFolder, guard }: UnpackingSpace,
  bytes = Infinity,
): Promise<string> {
  const path = join(temporaryFolder, randomUUID());
  const guarded = (source: AsyncIterable<Uint8Array>) => guardedBytes(source, guard);
  await pipeline(entry, firstBytes(bytes), guarded, createWriteStream(path, { flags: 'wx' }));
  return path;
}

function firstBytes(bytes: number): Transform {
  let left = bytes;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      const taken = chunk.subarray(0, left);
      left -= taken.length;
      done(null, taken);
    },
  });
}

/** @param packed size of the compressed file in bytes */
function bounded(packed: number): Transform {
  const most = Math.max(ratioFloor, packed * maxCompressionRatio);
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      bytes += chunk.length;
      if (bytes <= most) done(null, chunk);
      else {
        const ratio = `${maxCompressionRatio} times its own ${packed} bytes`;
        done(new RangeError(`its contents take more than ${ratio}, which weights never do`));
      }
    },
  });
}

function isEarlyEnd(result: PromiseSettledResult<void>): boolean {
  return result.status === 'fulfilled' || result.reason.code === 'ERR_STREAM_PREMATURE_CLOSE';
}

/** Explains problems of the archive; errors of the operating system are unchanged. */
function explained(error: NodeJS.ErrnoException): Error {
  if (error instanceof RangeError || isOfSystem(error)) return error;
  return new RangeError(`it cannot be unpacked: ${error.message}`);
}

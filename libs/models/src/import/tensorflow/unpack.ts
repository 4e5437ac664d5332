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

/** Entries of one archive; a checkpoint has a handful. */
const maxEntries = 1000;
const maxIndexes = 10;
/** Of an entry, in characters: an archive may make each of them megabytes long. */
const maxNameLength = 1024;
/** Extended attributes of an entry: an archive may repeat a hundred thousand for each. */
const maxAttributes = 100;

/** Weights are hardly smaller for being compressed. */
const maxCompressionRatio = 20;
/** Under which nothing is said of the ratio, in bytes. */
const ratioFloor = 2 ** 20;

/** An archive to be read. */
export interface Archive {
  file: WeightsFile;
  edges: Pick<FileEdges, 'first'>;
}

/** A checkpoint's values within an archive. */
interface ArchivedShard {
  name: string;
  archive: Archive;
}

/** Whether a file with these first bytes is a tar archive or something compressed by gzip. */
export function isArchive({ first }: Pick<FileEdges, 'first'>): boolean {
  return isGzip(first) || first.subarray(257, 262).equals(Buffer.from('ustar'));
}

function isGzip(first: Buffer): boolean {
  return first[0] === 0x1f && first[1] === 0x8b;
}

/**
 * Unpacks the indexes of a `.tar` or `.tgz`, under names of its own: nothing that the archive says becomes a path. The
 * shards are listed; all else in it, links too, is passed over.
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
    if (indexes.length === maxIndexes) fail(`it holds more than ${maxIndexes} checkpoints`);
    indexes.push({ name, path: await written(entry, space) });
  });
  return { indexes, shards };
}

/**
 * Unpacks the shards that an index names, as far as it says that there are values.
 * @param wanted how many bytes to take of each, by name
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

/** Calls `take` with every file in the archive; what it leaves unread is passed over. */
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
  // When the taking ends early, the reading only knows that nothing listens any more.
  if (taken.status === 'rejected' && isEarlyEnd(read)) throw explained(taken.reason);
  if (read.status === 'rejected') throw explained(read.reason);
}

/** One entry after the other, by events: an entry is over when its stream has ended, whoever read it. */
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
      // The archive's own error says more.
      entry.on('error', () => undefined);
      const ended = new Promise<void>((over) => entry.on('close', () => over()));
      const taken = async () => {
        if (++entries > maxEntries) fail(`it has more than ${maxEntries} entries`);
        const { name, type, pax } = header;
        if (name.length > maxNameLength) {
          fail(
            `the name "${shown(name)}" in it has ${name.length} characters, over ${maxNameLength}`,
          );
        }
        if (Object.keys((pax as object | null) ?? {}).length > maxAttributes) {
          fail(`"${shown(name)}" in it has more than ${maxAttributes} extended attributes`);
        }
        if (type === 'file') await take(entry as Entry, name);
        entry.resume();
        // The stream of a folder that states a size never ends.
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

/** @param bytes to take at most; left out, all */
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

/** @param packed bytes of the compressed file */
function bounded(packed: number): Transform {
  const most = Math.max(ratioFloor, packed * maxCompressionRatio);
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      bytes += chunk.length;
      if (bytes <= most) done(null, chunk);
      else {
        const ratio = `${maxCompressionRatio} times its own ${packed} bytes`;
        done(new RangeError(`its contents take more than ${ratio}, as weights never do`));
      }
    },
  });
}

function isEarlyEnd(result: PromiseSettledResult<void>): boolean {
  return result.status === 'fulfilled' || result.reason.code === 'ERR_STREAM_PREMATURE_CLOSE';
}

/** What the system says of files stays as it is; all else is the archive's fault. */
function explained(error: NodeJS.ErrnoException): Error {
  if (error instanceof RangeError || isOfSystem(error)) return error;
  return new RangeError(`it can't be unpacked: ${error.message}`);
}

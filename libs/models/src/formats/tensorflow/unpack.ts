import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { type Extract, extract } from 'tar-stream';
import { fail } from '../../weights/fail';
import type { FileEdges, WeightsFile } from '../weights-format';
import { isCheckpointFile } from './checkpoint-files';

/** Entries of one archive; a checkpoint has a handful. */
const maxEntries = 1000;

export interface UnpackOptions {
  /** An existing folder. */
  folder: string;
  /** What the archive's contents may take at most, those included that are passed over. */
  maxBytes: number;
}

/** Whether a file with these first bytes is a tar archive or something compressed by gzip. */
export function isArchive({ first }: Pick<FileEdges, 'first'>): boolean {
  return isGzip(first) || first.subarray(257, 262).equals(Buffer.from('ustar'));
}

function isGzip(first: Buffer): boolean {
  return first[0] === 0x1f && first[1] === 0x8b;
}

/**
 * Unpacks a checkpoint's files from a `.tar` or `.tgz`, under names of its own: nothing that the archive says becomes
 * a path. All else in it, links too, is passed over.
 * @throws RangeError saying what is wrong
 */
export async function unpack(
  { path }: WeightsFile,
  { first }: Pick<FileEdges, 'first'>,
  { folder, maxBytes }: UnpackOptions,
): Promise<WeightsFile[]> {
  const files: WeightsFile[] = [];
  const archive = extract();
  const unzip = isGzip(first) ? [createGunzip()] : [];
  const reading = pipeline([createReadStream(path), ...unzip, bounded(maxBytes), archive]);
  const taking = takeFiles(archive, folder, files);
  const [read, taken] = await Promise.allSettled([reading, taking]);
  // When the taking ends early, the reading only knows that nobody listens any more.
  if (taken.status === 'rejected' && isEarlyEnd(read)) throw explained(taken.reason);
  if (read.status === 'rejected') throw explained(read.reason);
  return files;
}

async function takeFiles(archive: Extract, folder: string, files: WeightsFile[]): Promise<void> {
  let entries = 0;
  for await (const entry of archive) {
    if (++entries > maxEntries) fail(`it has more than ${maxEntries} entries`);
    const { name, type } = entry.header;
    if (type === 'file' && isCheckpointFile(name)) {
      const path = join(folder, randomUUID());
      await pipeline(entry, createWriteStream(path, { flags: 'wx' }));
      files.push({ name, path });
    } else {
      entry.resume();
    }
  }
}

function bounded(maxBytes: number): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      bytes += chunk.length;
      if (bytes <= maxBytes) done(null, chunk);
      else done(new RangeError(`its contents take more than ${maxBytes} bytes`));
    },
  });
}

function isEarlyEnd(result: PromiseSettledResult<void>): boolean {
  return result.status === 'fulfilled' || result.reason.code === 'ERR_STREAM_PREMATURE_CLOSE';
}

/** What the system says of files stays as it is; all else is the archive's fault. */
function explained(error: NodeJS.ErrnoException): Error {
  if (error instanceof RangeError || error.syscall) return error;
  return new RangeError(`it can't be unpacked: ${error.message}`);
}

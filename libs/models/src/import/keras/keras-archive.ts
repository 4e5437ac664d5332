import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openPromise, type ZipFile } from 'yauzl';
import { fail } from '../../weights/fail';
import { isOfSystem } from '../../weights/system-error';
import { guardedBytes } from '../../weights/write-guard';
import type { FileEdges, UnpackingSpace } from '../weights-format';

const zipStart = Buffer.from('PK\x03\x04');
const nameLengthAt = 26;
const nameAt = 30;

const weights = 'model.weights.h5';
/** Members of a `.keras` file of Keras 3; the first distinguishes it from other zip files. */
const members = ['metadata.json', 'config.json', weights];

const maxEntries = 10_000;
/** Maximum ratio; weights hardly compress. */
const maxCompressionRatio = 20;

/** Returns whether a file with these first bytes is a `.keras` file of Keras 3. */
export function isKerasArchive({ first }: Pick<FileEdges, 'first'>): boolean {
  if (first.length < nameAt || !first.subarray(0, zipStart.length).equals(zipStart)) return false;
  const end = nameAt + first.readUInt16LE(nameLengthAt);
  return members.includes(first.subarray(nameAt, end).toString('latin1'));
}

/**
 * Unpacks the weights of a `.keras` file.
 * @returns their path
 * @throws RangeError saying what is wrong
 */
export async function unpackWeights(
  path: string,
  { temporaryFolder, guard }: UnpackingSpace,
): Promise<string> {
  let zip: ZipFile | undefined;
  try {
    zip = await openPromise(path, { autoClose: false, lazyEntries: true });
    if (zip.entryCount > maxEntries)
      fail(`it has ${zip.entryCount} entries, more than ${maxEntries}`);
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName !== weights) continue;
      const { compressedSize, uncompressedSize } = entry;
      if (uncompressedSize > compressedSize * maxCompressionRatio) {
        fail(`its ${weights} unpacks to ${uncompressedSize} bytes from ${compressedSize}`);
      }
      const target = join(temporaryFolder, randomUUID());
      const stream = await zip.openReadStreamPromise(entry);
      const guarded = (source: AsyncIterable<Uint8Array>) => guardedBytes(source, guard);
      await pipeline(stream, guarded, createWriteStream(target, { flags: 'wx' }));
      return target;
    }
    return fail(`it is a .keras file without ${weights}`);
  } catch (error) {
    if (error instanceof RangeError || isOfSystem(error)) throw error;
    // All other errors of yauzl are problems of the archive.
    return fail(`its zip archive is damaged (${(error as Error).message})`);
  } finally {
    zip?.close();
  }
}

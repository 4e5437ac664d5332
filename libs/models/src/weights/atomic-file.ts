import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { WriteGuard } from './write-guard';

/** Bytes given to the file system at once; it writes at most 2 GiB. */
const chunkBytes = 2 ** 28;

/**
 * Writes a file to a temporary name beside `path`, syncs it and renames it: whoever opens `path` sees the old file or
 * the whole new one.
 * @param write is given what appends bytes to the file
 * @param guard asked before each append
 */
export async function writeAtomically(
  path: string,
  write: (append: (bytes: Uint8Array) => Promise<void>) => Promise<void>,
  guard?: WriteGuard,
): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const file = await open(temporary, 'wx');
    try {
      await write(async (bytes) => {
        await guard?.(bytes.byteLength);
        await writeAll(file, bytes);
      });
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  let done = 0;
  while (done < bytes.byteLength) {
    const length = Math.min(chunkBytes, bytes.byteLength - done);
    done += (await file.write(bytes, done, length)).bytesWritten;
  }
}

/** Makes sure that the names in a folder outlast a power cut. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { WriteGuard } from './write-guard';

/** Bytes per write; the file system writes at most 2 GiB at once. */
const chunkBytes = 2 ** 28;

/**
 * Writes a file under a temporary name next to `path`, syncs and renames it, so that `path` is always the old file or the
 * complete new one.
 * @param write receives a function that appends bytes to the file
 * @param guard called before each append
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

/** Makes a folder's entries survive a power failure. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

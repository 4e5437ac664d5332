import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Deletes the least recently modified files of a folder until the others fit.
 * @param maxBytes total size that may remain
 */
export async function evictFiles(folder: string, maxBytes: number): Promise<void> {
  const paths = (await readdir(folder)).map((name) => join(folder, name));
  const files = await Promise.all(
    paths.map(async (path) => {
      // Another process may have just removed it.
      const found = await stat(path).catch(() => undefined);
      return { path, used: found?.mtimeMs ?? 0, bytes: found?.size ?? 0 };
    }),
  );
  files.sort((a, b) => b.used - a.used);
  let kept = 0;
  for (const { path, bytes } of files) {
    kept += bytes;
    if (kept > maxBytes) await rm(path, { force: true });
  }
}

import { randomBytes, randomUUID } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Returns the admin key in `<dataFolder>/admin-key`, which only the owner may read. The first call generates it; if two
 * processes do so at once, both return the one in the file.
 */
export function adminKeyFromFile(dataFolder: string): Promise<string> {
  return readOrMake(dataFolder, 'admin-key', () => randomBytes(32).toString('base64url'));
}

/** Returns a data folder's id, which stays the same if the folder moves. The first call generates it, like the admin key. */
export function dataFolderId(dataFolder: string): Promise<string> {
  return readOrMake(dataFolder, 'data-folder-id', randomUUID);
}

async function readOrMake(folder: string, name: string, make: () => string): Promise<string> {
  const path = join(folder, name);
  await mkdir(folder, { recursive: true });
  const existing = await readSecret(path);
  if (existing) return existing;
  const draft = `${path}.${randomUUID()}`;
  const file = await open(draft, 'w', 0o600);
  await file.writeFile(`${make()}\n`);
  await file.sync();
  await file.close();
  try {
    // Unlike a rename, a link never replaces a file that another process has just created.
    await link(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
  const made = await readSecret(path);
  if (!made)
    throw new Error(`${path} is empty: delete it, and the next start generates a new one.`);
  return made;
}

async function readSecret(path: string): Promise<string | undefined> {
  try {
    const text = (await readFile(path, 'utf8')).trim();
    await chmod(path, 0o600);
    return text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

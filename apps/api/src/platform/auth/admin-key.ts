import { randomBytes, randomUUID } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The admin key in `<dataFolder>/admin-key`, readable by its owner alone; made on the first call. Of
 * two processes that make it at once, both return the one that is in the file.
 */
export function adminKeyFromFile(dataFolder: string): Promise<string> {
  return readOrMake(dataFolder, 'admin-key', () => randomBytes(32).toString('base64url'));
}

/** Names a data folder for as long as it exists, wherever it is moved; made on the first call as the admin key is. */
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
    // Unlike a rename, a link never replaces what another process has just made.
    await link(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
  const made = await readSecret(path);
  if (!made) throw new Error(`${path} is empty: delete it, and the next start makes a new one.`);
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

import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The admin key in `<dataFolder>/admin-key`, readable by its owner alone; made on the first call. Of
 * two processes that make it at once, both return the one that stands in the file.
 */
export async function adminKeyFromFile(dataFolder: string): Promise<string> {
  const path = join(dataFolder, 'admin-key');
  await mkdir(dataFolder, { recursive: true });
  const existing = await readKey(path);
  if (existing) return existing;
  const draft = `${path}.${process.pid}`;
  const file = await open(draft, 'w', 0o600);
  await file.writeFile(`${randomBytes(32).toString('base64url')}\n`);
  await file.sync();
  await file.close();
  try {
    // Unlike a rename, a link never replaces the key that another process has just made.
    await link(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
  const key = await readKey(path);
  if (!key) throw new Error(`${path} is empty: delete it, and the next start makes a new key.`);
  return key;
}

async function readKey(path: string): Promise<string | undefined> {
  try {
    const key = (await readFile(path, 'utf8')).trim();
    await chmod(path, 0o600);
    return key;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The data folder: made for its owner alone, and handed to the account that Coatrack runs as. */
import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What Coatrack keeps in its data folder; the database has an account of its own. */
const kept = ['admin-key', 'blobs', 'cache', 'data-folder-id', 'downloads', 'tmp', 'workers'];
const left = ['postgres', 'lost+found'];

/** Makes the folder where there is none; its parents get the usual mode. */
export function makeDataFolder(folder) {
  mkdirSync(dirname(folder), { recursive: true });
  if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
}

/**
 * Gives the account what root made for Coatrack in the folder, and the folder itself.
 * @throws Error when the folder also holds other things, or when the file system refuses
 */
export function handOver(folder, { uid, gid }) {
  const names = readdirSync(folder);
  if (statSync(folder).uid === 0) {
    const other = names.find((name) => ![...kept, ...left].includes(name));
    if (other) throw new Error(`${folder} is root's and holds something else, ${other}`);
  }
  const ours = names.filter((name) => kept.includes(name)).map((name) => join(folder, name));
  // By the system's own program, which no link that appears meanwhile leads astray.
  const change = ['-R', '-h', '--from=0', `${uid}:${gid}`, '--'];
  if (ours.length > 0) execFileSync('chown', [...change, ...ours], { stdio: 'pipe' });
  if (statSync(folder).uid === 0) chownSync(folder, uid, gid);
}

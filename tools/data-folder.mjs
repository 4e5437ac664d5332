/** Creates the data folder for its owner only, and hands it to the account that Coatrack runs as. */
import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Contents of the data folder, without the database, which has a separate account. */
const kept = ['admin-key', 'blobs', 'cache', 'data-folder-id', 'downloads', 'tmp', 'workers'];
const left = ['postgres', 'lost+found'];

/** Creates the folder if necessary; its parents get the default mode. */
export function makeDataFolder(folder) {
  mkdirSync(dirname(folder), { recursive: true });
  if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
}

/**
 * Changes the owner of the folder, and of what root created in it for Coatrack, to the account.
 * @throws Error when the folder contains other things, or when the file system refuses
 */
export function handOver(folder, { uid, gid }) {
  const names = readdirSync(folder);
  if (statSync(folder).uid === 0) {
    const other = names.find((name) => ![...kept, ...left].includes(name));
    if (other) throw new Error(`${folder} belongs to root and contains something else, ${other}`);
  }
  const ours = names.filter((name) => kept.includes(name)).map((name) => join(folder, name));
  // With the system's chown, which is safe against links that appear meanwhile.
  const change = ['-R', '-h', '--from=0', `${uid}:${gid}`, '--'];
  if (ours.length > 0) execFileSync('chown', [...change, ...ours], { stdio: 'pipe' });
  if (statSync(folder).uid === 0) chownSync(folder, uid, gid);
}

/** Creates the folder of a Postgres database. */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { run } from './command.mjs';

export const user = 'coatrack';

const passwordFile = (folder) => join(folder, 'coatrack-password');

/**
 * Creates the cluster if it does not exist, under a temporary name, so that an interrupted first start leaves none.
 * @returns the password of its superuser
 * @throws Error when the folder contains other files, or when initdb fails
 */
export async function ensureCluster(folder, binaries, account) {
  if (!existsSync(passwordFile(folder))) await createCluster(folder, binaries, account);
  return readFileSync(passwordFile(folder), 'utf8').trim();
}

async function createCluster(folder, binaries, account) {
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new Error(`${folder} contains files that are not Coatrack's database: empty or move it.`);
  }
  for (const name of readdirSync(dirname(folder))) {
    if (name.startsWith(`${basename(folder)}.new-`)) {
      rmSync(join(dirname(folder), name), { recursive: true, force: true });
    }
  }
  const fresh = `${folder}.new-${process.pid}`;
  mkdirSync(fresh, { mode: 0o700 });
  const password = `${fresh}.password`;
  writeFileSync(password, `${randomBytes(24).toString('hex')}\n`, { mode: 0o600 });
  if (account.uid !== undefined) {
    chownSync(fresh, account.uid, account.gid);
    chownSync(password, account.uid, account.gid);
  }
  const [command, ...args] = [
    ...account.prefix,
    binaries.initdb,
    `--pgdata=${fresh}`,
    `--username=${user}`,
    `--pwfile=${password}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--no-instructions',
  ];
  makeExecutable(binaries);
  try {
    await run(command, args, { ...account.options, cwd: '/' });
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    rmSync(password, { force: true });
    const reason = complaint(error.output || error.message);
    throw new Error(`its folder could not be created: ${reason}`, { cause: error });
  }
  renameSync(password, passwordFile(fresh));
  rmSync(folder, { recursive: true, force: true });
  renameSync(fresh, folder);
}

/** Makes the binaries executable, as archives may lose their modes. */
function makeExecutable(binaries) {
  for (const path of [binaries.initdb, binaries.postgres]) {
    const { mode } = statSync(path);
    if ((mode & 0o555) !== 0o555) chmodSync(path, mode | 0o555);
  }
}

/** Returns Postgres's error: its first FATAL or error line, or else the last line. */
export function complaint(output) {
  const lines = output.trim().split('\n');
  const telling = lines.filter((line) => /FATAL|PANIC|error:/i.test(line));
  return (telling[0] ?? lines.at(-1) ?? 'no reason given').trim();
}

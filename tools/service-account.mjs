/** The account that the embedded Postgres runs as. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Postgres refuses to run as root: under root it runs as the folder's owner, or for a new folder as
 * the system's `postgres` or `nobody`. Where that account can't reach the folder or the binaries
 * (under /root, say), it gets the one capability of passing through folders.
 */
export function serviceAccount(folder, binary) {
  if (process.getuid?.() !== 0) return { prefix: [], options: {} };
  const { uid, gid } = ownerOf(folder) ?? systemAccount();
  if (reachable(dirname(folder), uid, gid) && reachable(binary, uid, gid)) {
    return { uid, gid, prefix: [], options: { uid, gid } };
  }
  const capability = '-all,+dac_read_search';
  const prefix = ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
  prefix.push(`--inh-caps=${capability}`, `--ambient-caps=${capability}`);
  return { uid, gid, prefix, options: {} };
}

function ownerOf(folder) {
  if (!existsSync(folder)) return undefined;
  const { uid, gid } = statSync(folder);
  return uid === 0 ? undefined : { uid, gid };
}

function systemAccount() {
  const accounts = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of ['postgres', 'nobody']) {
    const fields = accounts.find((line) => line.startsWith(`${name}:`))?.split(':');
    if (fields) return { uid: Number(fields[2]), gid: Number(fields[3]) };
  }
  throw new Error(
    'Postgres does not run as root, and this system has no account "postgres" or "nobody" to run ' +
      'it as. Start Coatrack as an ordinary user, or set DATABASE_URL to a Postgres of your own.',
  );
}

/** Whether every folder on the way to a path lets the account pass. */
function reachable(path, uid, gid) {
  for (let place = path; ; place = dirname(place)) {
    if (existsSync(place)) {
      const { mode, uid: owner, gid: group } = statSync(place);
      const bit = owner === uid ? 0o100 : group === gid ? 0o010 : 0o001;
      if ((mode & bit) === 0) return false;
    }
    if (place === dirname(place)) return true;
  }
}

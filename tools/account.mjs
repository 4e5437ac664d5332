/** The accounts that Coatrack's processes run as when root starts them. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';

/**
 * Returns the account that should own a folder: its owner, otherwise the owner of an adjacent folder, otherwise the
 * system's `postgres` or `nobody`. Root does not count as an owner, nor does a number without a name for the adjacent
 * folder. Returns undefined if this process does not run as root: its children share its account.
 */
export function serviceAccount(folder, beside) {
  if (process.getuid?.() !== 0) return undefined;
  const second = ownerOf(beside);
  return ownerOf(folder) ?? (second && named(second) ? second : systemAccount());
}

/**
 * Returns how to start a program as an account. If the account cannot access one of the paths (below /root, for instance),
 * the program also gets the capability to traverse folders and read files.
 * @param account undefined means the account of this process
 * @param paths files and folders that the program reads; missing ones are ignored
 * @param capabilities further capabilities that the program needs, in setpriv's notation
 * @returns a prefix for the command, options for spawn, and the path that the account cannot access by itself
 * @throws Error when the program needs capabilities that this process cannot give
 */
export function runAs(account, paths, capabilities = []) {
  if (!account) return { prefix: [], options: {} };
  const { uid, gid } = account;
  const obstacle = firstUnreadable(account, paths.filter(existsSync));
  const needed = obstacle ? [...capabilities, 'dac_read_search'] : capabilities;
  if (needed.length === 0) return { prefix: [], options: { uid, gid } };
  const capability = ['-all', ...needed.map((name) => `+${name}`)].join(',');
  const prefix = ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
  prefix.push('--no-new-privs', `--inh-caps=${capability}`, `--ambient-caps=${capability}`);
  // Otherwise access(), with which initdb finds its programs, would ignore the capability.
  prefix.push('--securebits=+no_setuid_fixup');
  const [command, ...args] = prefix;
  const trial = spawnSync(command, [...args, 'true'], { cwd: '/', encoding: 'utf8' });
  if (trial.status !== 0) {
    const reason = (trial.error?.message ?? trial.stderr).trim();
    const closed = obstacle ? `${obstacle} is closed to the account ${nameOf(account)}, and ` : '';
    throw new Error(`${closed}this system does not grant ${needed.join(', ')} (${reason})`);
  }
  return { prefix, options: {}, obstacle };
}

/** Returns the account's name, or its number if it has none. */
export const nameOf = (account) => named(account) ?? String(account.uid);

const named = ({ uid }) => entries().find((fields) => Number(fields[2]) === uid)?.[0];

function ownerOf(folder) {
  if (!existsSync(folder)) return undefined;
  const { uid, gid } = statSync(folder);
  return uid === 0 ? undefined : { uid, gid };
}

function systemAccount() {
  for (const name of ['postgres', 'nobody']) {
    const fields = entries().find(([entry]) => entry === name);
    if (fields) return { uid: Number(fields[2]), gid: Number(fields[3]) };
  }
  throw new Error('this system has no account "postgres" or "nobody"');
}

const entries = () =>
  readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));

/** Returns the first unreadable path, according to the system itself, which also considers access lists and mounts. */
function firstUnreadable(account, paths) {
  const script =
    'for path; do if [ -d "$path" ]; then [ -x "$path" ]; else [ -r "$path" ]; fi || { echo "$path"; exit; }; done';
  const { stdout } = spawnSync('/bin/sh', ['-c', script, 'sh', ...paths], {
    ...account,
    cwd: '/',
    encoding: 'utf8',
  });
  return stdout?.trim() || undefined;
}

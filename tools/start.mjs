/**
 * `npm start`: builds what is stale, starts database, API, worker and console, and stops everything on Ctrl-C.
 * `npm run dev` adds --watch: changed sources are compiled, and the processes that run them restart.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fail, root } from './command.mjs';
import { makeDataFolder } from './data-folder.mjs';
import { installLibtorch } from './native-engine.mjs';
import { prepare } from './prepare.mjs';
import { partsRights } from './rights.mjs';
import { settings } from './settings.mjs';
import { Supervisor } from './supervisor.mjs';

const watching = process.argv.includes('--watch');
const { dataFolder, apiHost, apiPort, consoleHost, consolePort } = settings;

/** Returns a host that this machine's browser can open, even if the server listens on every interface. */
const reachable = (host) => (host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host);
const apiUrl = `http://${reachable(apiHost)}:${apiPort}`;
const consoleUrl = `http://${reachable(consoleHost)}:${consolePort}`;

function checkPortIsFree(name, host, port, variable) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', (error) => {
      fail(
        error.code === 'EADDRINUSE'
          ? `Port ${port}, which the ${name} needs, is in use. Stop what uses it, or set ${variable} to another port.`
          : `The ${name} cannot listen on ${host}:${port} (${error.code}). Set ${variable} to another port.`,
      );
    });
    probe.listen(port, host, () => probe.close(resolve));
  });
}

async function startDatabase() {
  if (settings.databaseUrl) return { url: settings.databaseUrl, stop: async () => undefined };
  const { startPostgres } = await import('./postgres.mjs');
  return startPostgres({
    dataFolder: join(dataFolder, 'postgres'),
    onCrash: (line) => console.error(`[database] ${line}`),
  });
}

async function waitUntilAnswers(url, supervisor) {
  for (;;) {
    if (supervisor.stopping) return;
    const answer = await fetch(url, { signal: AbortSignal.timeout(2000) }).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Returns how to log in: a login link only on a terminal, as other output may be stored, in a journal for instance. */
async function invitation() {
  const { COATRACK_ADMIN_KEY: given } = process.env;
  const file = join(dataFolder, 'admin-key');
  const token =
    process.stdout.isTTY && (await loginToken(given || readFileSync(file, 'utf8').trim()));
  if (token) return `Open this address; it logs you in:\n\n    ${consoleUrl}/login#token=${token}`;
  const where = given ? 'that COATRACK_ADMIN_KEY sets' : `in ${file}`;
  return `Open ${consoleUrl} and log in with the key ${where}.`;
}

/** Returns the token of a login link; undefined if the API is just ending. */
async function loginToken(key) {
  const answer = await fetch(`${apiUrl}/api/v1/login-links`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
  }).catch(() => undefined);
  return answer?.status === 201 ? (await answer.json()).token : undefined;
}

if (apiPort === consolePort) {
  fail(`COATRACK_API_PORT and COATRACK_CONSOLE_PORT are both ${apiPort}: set one to another port.`);
}
await checkPortIsFree('API', apiHost, apiPort, 'COATRACK_API_PORT');
await checkPortIsFree('console', consoleHost, consolePort, 'COATRACK_CONSOLE_PORT');
await installLibtorch();
await prepare();
makeDataFolder(dataFolder);
// Compilers and Next's development server write into the clone, which only its owner may do.
const { prefix, options, environment } = watching
  ? { prefix: [] }
  : partsRights(dataFolder, [apiPort, consolePort]);

let database;
const supervisor = new Supervisor({ onStopped: () => database?.stop() });
try {
  database = await startDatabase();
} catch (error) {
  fail(`The database failed to start: ${error.message}`);
}
const apiEnvironment = {
  ...environment,
  COATRACK_DATA: dataFolder,
  COATRACK_API_HOST: apiHost,
  COATRACK_API_PORT: String(apiPort),
  DATABASE_URL: database.url,
};
const script = (path, ...args) => [...prefix, process.execPath, join(root, path), ...args];
const server = (path) =>
  watching ? [process.execPath, '--watch', join(root, path)] : script(path);

if (watching) {
  supervisor.start({
    name: 'compiler',
    command: script(
      'node_modules/typescript/bin/tsc',
      '-b',
      'apps/api',
      '--watch',
      '--preserveWatchOutput',
    ),
    options: { cwd: root },
  });
}
supervisor.start({
  name: 'api',
  command: server('apps/api/dist/main.js'),
  environment: () => apiEnvironment,
  options,
  endsAll: true,
  stopMs: settings.apiStopMs,
});
await waitUntilAnswers(`${apiUrl}/health/ready`, supervisor);
supervisor.start({
  name: 'worker',
  command: server('apps/api/dist/worker.js'),
  environment: () => apiEnvironment,
  options,
});
supervisor.start({
  name: 'console',
  command: script(
    'node_modules/next/dist/bin/next',
    watching ? 'dev' : 'start',
    join(root, 'apps/console'),
    '-H',
    consoleHost,
    '-p',
    String(consolePort),
  ),
  environment: () => ({
    ...environment,
    COATRACK_API_URL: apiUrl,
    NEXT_TELEMETRY_DISABLED: '1',
    NODE_ENV: watching ? 'development' : 'production',
  }),
  options,
});
await waitUntilAnswers(`${consoleUrl}/login`, supervisor);

if (!supervisor.stopping) {
  console.log(`
  Coatrack is running. ${await invitation()}

  API ${apiUrl}/api/v1 · its documentation ${apiUrl}/docs · data ${dataFolder}
  Ctrl-C stops everything; the next start resumes where this one stopped.
`);
}

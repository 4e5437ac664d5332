/** Runs the product with its launcher, like a user, on a separate data folder and ports. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const startTimeoutMs = 240_000;

export interface Coatrack {
  /** URL that opens the console logged in. */
  address: string;
  apiUrl: string;
  /** The admin key. */
  key: string;
  output(): string;
  /** Stops it like Ctrl-C; resolves with the launcher's exit code. */
  stop(): Promise<number | null>;
}

export function makeDataFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'coatrack-e2e-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export async function startCoatrack(
  dataFolder: string,
  environment: Record<string, string> = {},
): Promise<Coatrack> {
  const [apiPort, consolePort] = [await freePort(), await freePort()];
  const launcher = spawn(process.execPath, [resolve('tools/start.mjs')], {
    env: {
      ...process.env,
      COATRACK_DATA: dataFolder,
      COATRACK_API_PORT: String(apiPort),
      COATRACK_CONSOLE_PORT: String(consolePort),
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const closed = new Promise<number | null>((done) => launcher.once('close', done));
  await new Promise<void>((done, refuse) => {
    const timer = setTimeout(() => {
      launcher.kill('SIGTERM');
      refuse(new Error(`It is not ready:\n${output}`));
    }, startTimeoutMs);
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('Coatrack is running.')) {
        clearTimeout(timer);
        done();
      }
    };
    launcher.stdout.on('data', read);
    launcher.stderr.on('data', read);
    void closed.then((code) => refuse(new Error(`the launcher ended with ${code}:\n${output}`)));
  });
  const key = environment.COATRACK_ADMIN_KEY ?? readKey(dataFolder);
  const apiUrl = `http://127.0.0.1:${apiPort}`;
  return {
    // The launcher only prints it to a terminal.
    address: `http://127.0.0.1:${consolePort}/login#token=${await loginToken(apiUrl, key)}`,
    apiUrl,
    key,
    output: () => output,
    stop: async () => {
      launcher.kill('SIGINT');
      return closed;
    },
  };
}

const readKey = (dataFolder: string) => readFileSync(join(dataFolder, 'admin-key'), 'utf8').trim();

async function loginToken(apiUrl: string, key: string): Promise<string> {
  const answer = await fetch(`${apiUrl}/api/v1/login-links`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
  });
  return ((await answer.json()) as { token: string }).token;
}

/** Runs the launcher when it must refuse to start. */
export async function runLauncher(
  environment: Record<string, string>,
): Promise<{ code: number | null; output: string }> {
  const launcher = spawn(process.execPath, [resolve('tools/start.mjs')], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  launcher.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  launcher.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((done) => launcher.once('close', done));
  return { code, output };
}

async function freePort(): Promise<number> {
  return new Promise((done, refuse) => {
    const probe = createServer();
    probe.once('error', refuse);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => (address && typeof address === 'object' ? done(address.port) : refuse()));
    });
  });
}

import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import type { Redis } from './redis';

export type Part = 'api' | 'worker' | 'postgres' | 'launcher' | 'redis';

/** What tells a part's process from the launcher's others. */
const commandOf: Record<Exclude<Part, 'launcher' | 'redis'>, RegExp> = {
  api: /dist\/main\.js/,
  worker: /dist\/worker\.js/,
  postgres: /bin\/postgres\0-D/,
};

export interface Reply<T> {
  /** 0: the connection was refused or broke, or there was no answer in time. */
  status: number;
  body: T;
}

/** The whole product as `npm start` runs it, on a folder of its own. */
export class Product {
  private launcher?: ChildProcess;
  private closed: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly folder: string,
    private readonly log: string,
    private readonly environment: Record<string, string>,
    readonly url: string,
    /** Where the queue is on one. */
    readonly redis?: Redis,
  ) {}

  static async create(
    folder: string,
    log: string,
    environment: Record<string, string>,
    redis?: Redis,
  ): Promise<Product> {
    const [api, web] = [await freePort(), await freePort()];
    const ports = { COATRACK_API_PORT: String(api), COATRACK_CONSOLE_PORT: String(web) };
    const all: Record<string, string> = { ...ports, ...environment, COATRACK_DATA: folder };
    if (redis) all.REDIS_URL = redis.url;
    return new Product(folder, log, all, `http://127.0.0.1:${api}`, redis);
  }

  /** Starts the launcher; done when it says that everything runs. */
  async start(): Promise<void> {
    const launcher = spawn(process.execPath, [resolve('tools/start.mjs')], {
      env: { ...process.env, ...this.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.launcher = launcher;
    this.closed = new Promise((done) => launcher.once('close', done));
    await new Promise<void>((ready, fail) => {
      let printed = '';
      const read = (chunk: Buffer) => {
        appendFileSync(this.log, chunk);
        printed = (printed + chunk.toString()).slice(-10_000);
        if (printed.includes('Coatrack is running')) ready();
      };
      launcher.stdout.on('data', read);
      launcher.stderr.on('data', read);
      launcher.once('close', (code) => fail(new Error(`the launcher ended with ${code}`)));
    });
  }

  get alive(): boolean {
    return this.launcher?.exitCode === null && this.launcher.signalCode === null;
  }

  /** The process of a part; undefined while there is none. */
  pid(part: Part): number | undefined {
    if (part === 'launcher') return this.alive ? this.launcher!.pid : undefined;
    if (part === 'redis') return this.redis?.pid;
    return this.processes().find(({ command }) => commandOf[part].test(command))?.pid;
  }

  /** Everything that the launcher started, and what that started. */
  processes(): { pid: number; command: string }[] {
    const all = listProcesses();
    const found = [];
    const parents = new Set([this.launcher?.pid]);
    for (let grew = true; grew;) {
      grew = false;
      for (const each of all) {
        if (parents.has(each.pid) || !parents.has(each.parent)) continue;
        parents.add(each.pid);
        found.push(each);
        grew = true;
      }
    }
    return found;
  }

  /** @returns the exit code; null where it had to be killed */
  async stop(): Promise<unknown> {
    this.launcher?.kill('SIGINT');
    const late = setTimeout(() => this.launcher?.kill('SIGKILL'), 60_000);
    const code = await this.closed;
    clearTimeout(late);
    return code;
  }

  /** Waits until the parts of a dead launcher have ended, too. */
  async gone(): Promise<void> {
    await this.closed;
    while (listProcesses().some(({ command }) => command.includes(this.folder))) await pause(50);
  }

  async ask<T>(method: string, path: string, body?: FormData | object): Promise<Reply<T>> {
    const form = body instanceof FormData;
    const headers: Record<string, string> = { Authorization: `Bearer ${this.key}` };
    if (body && !form) headers['Content-Type'] = 'application/json';
    try {
      const response = await fetch(`${this.url}/api/v1${path}`, {
        method,
        headers,
        body: form ? body : body && JSON.stringify(body),
        signal: AbortSignal.timeout(30_000),
      });
      const bytes = Buffer.from(await response.arrayBuffer());
      const json = response.headers.get('Content-Type')?.startsWith('application/json');
      return { status: response.status, body: (json ? JSON.parse(bytes.toString()) : bytes) as T };
    } catch {
      return { status: 0, body: undefined as T };
    }
  }

  /** Runs one statement in the product's database, on a connection of its own. */
  async query<T extends object>(text: string, values: unknown[] = []): Promise<T[]> {
    const folder = join(this.folder, 'postgres');
    const password = readFileSync(join(folder, 'coatrack-password'), 'utf8').trim();
    const port = readFileSync(join(folder, 'postmaster.pid'), 'utf8').split('\n')[3];
    const client = new Client({
      connectionString: `postgresql://coatrack:${password}@127.0.0.1:${port}/postgres`,
      connectionTimeoutMillis: 5000,
    });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query<T>(text, values)).rows;
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  private get key(): string {
    const path = join(this.folder, 'admin-key');
    return existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
  }
}

function listProcesses(): { pid: number; parent: number; command: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8');
        return [{ pid: Number(name), parent, command }];
      } catch {
        return [];
      }
    });
}

export function freePort(): Promise<number> {
  return new Promise((done, refuse) => {
    const probe = createServer();
    probe.once('error', refuse);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => (address && typeof address === 'object' ? done(address.port) : refuse()));
    });
  });
}

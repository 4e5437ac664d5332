import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHouse, startApi, type TestHouse } from './support/api';
import { Client, type Page } from './support/client';
import { classFolders } from './support/images';
import { runProcess } from './support/process';

let house: TestHouse;

beforeAll(async () => {
  house = await createHouse();
});

afterAll(async () => {
  await house?.remove();
});

describe('the admin key', () => {
  it('is generated once, readable only by its owner, and replaced by a configured one', async () => {
    const environment = { ...house.environment };
    delete environment.COATRACK_ADMIN_KEY;
    const file = join(house.dataFolder, 'admin-key');

    const first = await startApi(environment);
    const key = (await readFile(file, 'utf8')).trim();
    expect(key).toMatch(/^[\w-]{43}$/);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(first.output()).not.toContain(key);
    expect((await new Client(first.url, key).get('/models')).status).toBe(200);
    expect(await first.stop()).toBe(0);

    const second = await startApi(environment);
    expect((await new Client(second.url, key).get('/models')).status).toBe(200);
    await second.stop();

    const third = await startApi({ ...environment, COATRACK_ADMIN_KEY: 'another-admin-key-here' });
    expect((await third.client.get('/models')).status).toBe(200);
    expect((await new Client(third.url, key).get('/models')).status).toBe(401);
    await third.stop();
    const [row] = await house.database.query<{ keys: string }>(
      `SELECT string_agg(encode(hash, 'hex'), ',') AS keys FROM api_keys`,
    );
    expect(row?.keys).toMatch(/^[0-9a-f]{64}$/);
  });
});

it('computing threads sleep while they wait, even in the threads that serve models', async () => {
  // A report shows what libraries see, which a thread's `process.env` does not change.
  const reports = join(house.dataFolder, 'reports');
  await mkdir(reports);
  const options = `--report-on-signal --report-directory=${reports}`;
  const api = await startApi({ ...house.environment, NODE_OPTIONS: options });
  process.kill(api.pid, 'SIGUSR2');
  const read = async () => readFile(join(reports, (await readdir(reports))[0]!), 'utf8');
  await expect
    .poll(async () => JSON.parse(await read()).environmentVariables)
    .toMatchObject({ OMP_WAIT_POLICY: 'passive', OPENBLAS_THREAD_TIMEOUT: '4' });
  await api.stop();
});

describe('a start that fails', () => {
  const refused = async (environment: Record<string, string>, expectedCode = 1) => {
    const { code, output } = await runProcess('main.js', environment);
    expect(code).toBe(expectedCode);
    expect(output).not.toMatch(/\n\s+at /);
    expect(output).not.toContain('sesame');
    return output.trim().split('\n');
  };

  it('reports in one line that the database does not answer or refuses access', async () => {
    const closed = new URL(house.database.url);
    closed.password = 'sesame';
    const wrongPassword = await refused({ ...house.environment, DATABASE_URL: closed.href });
    expect(wrongPassword).toHaveLength(1);
    expect(wrongPassword[0]).toMatch(/password authentication failed/);

    closed.port = '1';
    const unreachable = await refused({ ...house.environment, DATABASE_URL: closed.href });
    expect(unreachable).toHaveLength(1);
    expect(unreachable[0]).toMatch(/127\.0\.0\.1:1\/.*ECONNREFUSED/);
  });

  it('reports every invalid setting without its value', async () => {
    const wrong = {
      DATABASE_URL: 'sesame',
      COATRACK_API_PORT: '70000',
      COATRACK_ADMIN_KEY: 'sesame',
      COATRACK_ENGINE: 'steam',
    };
    // A code of its own: the launcher does not try again.
    const lines = await refused(wrong, 78);
    const names = Object.keys(wrong);
    expect(lines).toHaveLength(names.length);
    for (const [index, name] of names.entries()) expect(lines[index]).toContain(name);
  });

  it('reports that the port is in use', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((listening) => server.once('listening', listening));
    const { port } = server.address() as { port: number };
    const environment = { ...house.environment, COATRACK_API_PORT: String(port) };
    expect((await refused(environment)).at(-1)).toContain('EADDRINUSE');
    server.close();
  });
});

describe('a start after a crash', () => {
  it('removes unfinished files and unreferenced bytes, and keeps the rest', async () => {
    const before = await startApi(house.environment);
    const { body } = await before.client.upload<{ id: string }>('/datasets', {
      name: 'survivor',
      file: await classFolders({ red: 2, green: 2 }),
    });
    await before.stop('SIGKILL');

    const [dead] = await readdir(join(house.dataFolder, 'tmp'));
    const left = join(house.dataFolder, 'tmp', dead!, 'half-written');
    await writeFile(left, 'half');
    const elsewhere = '0123456789abcdef-1-1-00000000';
    const running = join(house.dataFolder, 'tmp', elsewhere, 'still-written');
    await mkdir(join(running, '..'), { recursive: true });
    await writeFile(running, 'in use by a process of another machine');
    const orphan = 'ab'.repeat(32);
    await mkdir(join(house.dataFolder, 'blobs', 'ab'), { recursive: true });
    await writeFile(join(house.dataFolder, 'blobs', 'ab', orphan), 'placed, never committed');

    const after = await startApi(house.environment);
    await expect.poll(() => readdir(join(house.dataFolder, 'blobs', 'ab'))).toEqual([]);
    expect((await after.client.get(`/datasets/${body.id}/images/0`)).status).toBe(200);
    await expect(stat(left)).rejects.toThrow('ENOENT');
    expect(await readFile(running, 'utf8')).toContain('in use');
    expect(await after.stop()).toBe(0);
  });

  it('reports missing bytes without their path', async () => {
    const api = await startApi(house.environment);
    const { body } = await api.client.get<Page<{ id: string }>>('/datasets');
    const [blob] = await house.database.query<{ sha256: string }>('SELECT sha256 FROM blobs');
    const path = join(house.dataFolder, 'blobs', blob!.sha256.slice(0, 2), blob!.sha256);
    await writeFile(path, '');
    const answer = await api.client.get(`/datasets/${body.items[0]!.id}/images/0`);
    expect([answer.status, answer.body.code]).toEqual([500, 'BLOB_MISSING']);
    expect(JSON.stringify(answer.body)).not.toContain(house.dataFolder);
    await expect.poll(() => api.output()).toContain(answer.body.requestId);
    await api.stop();
  });

  it('hides the details of unknown errors and logs them with the request id', async () => {
    const api = await startApi(house.environment);
    await house.database.query('ALTER TABLE datasets RENAME TO datasets_gone');
    const answer = await api.client.get(`/datasets/${randomUUID()}`);
    await house.database.query('ALTER TABLE datasets_gone RENAME TO datasets');
    expect([answer.status, answer.body.code]).toEqual([500, 'INTERNAL']);
    expect(answer.body.message).not.toMatch(/datasets/);
    await expect
      .poll(() => api.output())
      .toMatch(new RegExp(`${answer.body.requestId} INTERNAL: .*datasets`));
    await api.stop();
  });
});

describe('processes side by side', () => {
  it('may start concurrently on an empty database', async () => {
    const fresh = await createHouse();
    const apis = await Promise.all([startApi(fresh.environment), startApi(fresh.environment)]);
    for (const api of apis) expect((await api.client.get('/datasets')).status).toBe(200);
    expect(await Promise.all(apis.map((api) => api.stop()))).toEqual([0, 0]);
    await fresh.remove();
  });
});

describe('a database that goes away', () => {
  it('makes the API unready but keeps it alive, and it recovers when the database is back', async () => {
    const own = await createHouse();
    const api = await startApi(own.environment);
    const name = new URL(own.database.url).pathname.slice(1);
    const allow = (yes: boolean) =>
      house.database.query(`ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS ${yes}`);
    await allow(false);
    await house.database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`,
    );
    const health = () => api.client.get<{ checks: object }>('//health/ready');
    await expect.poll(async () => (await health()).status).toBe(503);
    expect((await health()).body.checks).toEqual({ database: 'failed', blobs: 'ok', models: 'ok' });
    expect((await api.client.get('//health/live')).status).toBe(200);
    expect((await api.client.get('/datasets')).body.code).toBe('INTERNAL');
    await allow(true);
    await expect.poll(async () => (await health()).status).toBe(200);
    expect((await api.client.get('/datasets')).status).toBe(200);
    expect(await api.stop()).toBe(0);
    await own.remove();
  });
});

describe('a stop', () => {
  it('does not wait for idle clients', async () => {
    const api = await startApi(house.environment);
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('POST /api/v1/models/x/versions HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n');
    await new Promise((answered) => socket.once('data', answered));
    const started = Date.now();
    expect(await api.stop()).toBe(0);
    expect(Date.now() - started).toBeLessThan(10_000);
    socket.destroy();
  });
});

describe('docs/openapi.json', () => {
  it('is up to date', async () => {
    const { code, output } = await runProcess('openapi.js', {}, ['--check']);
    expect([code, output]).toEqual([0, '']);
  });
});

describe('the README and .env.example', () => {
  it('list the current settings', async () => {
    const { code, output } = await runProcess('settings.js', {}, ['--check']);
    expect([code, output]).toEqual([0, '']);
  });
});

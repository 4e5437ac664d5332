// A stand-in for tests alone: no library that could be imported by name has it.
// eslint-disable-next-line @nx/enforce-module-boundaries
import { PostgresProxy } from '@coatrack/api/src/platform/database/postgres-proxy.fixture';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHouse, type RunningApi, startApi, type TestHouse } from './support/api';
import { Client } from './support/client';
import { uploadPets } from './support/pets';
import { solidImage } from './support/images';
import { predict } from './support/predict';

const soon = { timeout: 40_000, interval: 200 };

let house: TestHouse;
let proxy: PostgresProxy;
let api: RunningApi;
let png: Buffer;

const ask = (selector: string) => predict(api.client, `pets/predict?${selector}`, png);
const ready = () => new Client(api.url).get<{ status: string; checks: object }>('//health/ready');

beforeAll(async () => {
  house = await createHouse();
  proxy = await PostgresProxy.open(house.database.url);
  api = await startApi({
    ...house.environment,
    DATABASE_URL: proxy.url,
    COATRACK_ENGINE: 'wasm',
    COATRACK_INFERENCE_THREADS: '1',
  });
  png = await solidImage(200, 10, 10, 40);
  await uploadPets(api.client, { labels: ['cat', 'dog'], imageSize: 32, seeds: [1, 2] });
  expect((await ask('alias=best')).status).toBe(200);
});

afterAll(async () => {
  proxy?.comeBack();
  await api?.stop();
  await proxy?.close();
  await house?.remove();
});

describe.each([
  ['is gone', () => proxy.goAway()],
  ['hangs', () => proxy.freeze()],
])('while the database %s', (_, leave) => {
  beforeAll(leave);

  it('models that were used before still answer within seconds', async () => {
    for (let time = 0; time < 10; time++) {
      const started = performance.now();
      const { status, body } = await ask('alias=best');
      expect(status, JSON.stringify(body)).toBe(200);
      expect(body.version).toBe(1);
      expect(performance.now() - started).toBeLessThan(10_000);
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
    expect(api.output()).toContain('The database is unavailable; using the last known versions');
  });

  it('the API is ready for them and reports the missing database', async () => {
    const { status, body } = await ready();
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'degraded', checks: { database: 'failed' } });
    const answer = await new Client(api.url).get<{ ready: boolean }>('//v2/health/ready');
    expect(answer.body.ready).toBe(true);
  });

  it('metrics are available, except those of the database', async () => {
    const { status, body } = await api.client.get<Buffer>('//metrics');
    expect(status).toBe(200);
    expect(String(body)).toContain('coatrack_model_bytes{');
    expect(String(body)).not.toContain('coatrack_jobs{');
  });

  it('everything else is refused within seconds and has no effect', async () => {
    const started = performance.now();
    const answers = await Promise.all([
      ask('version=99'),
      api.client.get('/models'),
      api.client.put('/models/pets/aliases/best', { version: 2 }),
      api.client.delete('/models/pets'),
      api.client.post('//v2/repository/index', {}),
    ]);
    expect(performance.now() - started).toBeLessThan(15_000);
    for (const { status, headers, body } of answers) {
      expect(status, JSON.stringify(body)).toBe(503);
      expect(Number(headers.get('Retry-After'))).toBeGreaterThan(0);
    }
  });

  it('changes are noticed once the database is back', async () => {
    proxy.comeBack();
    await expect.poll(async () => (await ready()).body.status, soon).toBe('ok');
    expect((await ask('version=2')).status).toBe(200);
    await house.database.query("UPDATE model_aliases SET version = 2 WHERE alias = 'best'");
    await house.database.query("SELECT pg_notify('coatrack_model', 'pets')");
    await expect.poll(async () => (await ask('alias=best')).body.version, soon).toBe(2);
    expect((await api.client.put('/models/pets/aliases/best', { version: 1 })).status).toBe(200);
    await expect.poll(async () => (await ask('alias=best')).body.version, soon).toBe(1);
  });
});

// A stand-in for tests alone: no library that could be imported by name has it.
// eslint-disable-next-line @nx/enforce-module-boundaries
import { PostgresProxy } from '@coatrack/api/src/platform/database/postgres-proxy.fixture';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createHouse, type RunningApi, startApi, type TestHouse } from './support/api';
import { Client } from './support/client';
import { makeKey } from './support/keys';

interface Entry {
  id: number;
  key: { id: string; name: string } | null;
  method: string;
  route: string;
  resource: string;
  status: number;
  requestId: string;
  address: string;
}

let house: TestHouse;
let gate: PostgresProxy;
let api: RunningApi;

beforeAll(async () => {
  house = await createHouse();
  gate = await PostgresProxy.open(house.database.url);
  api = await startApi({
    ...house.environment,
    DATABASE_URL: gate.url,
    COATRACK_TRUSTED_PROXIES: 'loopback',
  });
});

afterAll(async () => {
  gate?.comeBack();
  await api?.stop();
  await gate?.close();
  await house?.remove();
});

const page = async (query = '?limit=200') =>
  (await api.client.get<{ items: Entry[]; next: string | null }>(`/audit${query}`)).body;
const find = async (requestId: string) =>
  (await page()).items.filter((entry) => entry.requestId === requestId);

const send = (client: Client, method: string, path: string, id: string, body = '{}') =>
  client.send(method, path, {
    body: method === 'GET' ? undefined : body,
    headers: {
      'X-Request-Id': id,
      'X-Forwarded-For': '203.0.113.7',
      'Content-Type': 'application/json',
    },
  });

it('the audit records every change and its sender, whatever the outcome, but never the body', async () => {
  const { key, client } = await makeKey(api, 'trainer', ['train']);
  await send(client, 'DELETE', '/models/pets?secret=in-query', 'missing');
  await send(client, 'POST', '/jobs', 'invalid', '{"type": "secret-in-body"}');
  await send(client, 'DELETE', '/keys/x', 'forbidden');
  await send(client, 'GET', '/models', 'read');
  await send(client, 'POST', '/models/pets/predict', 'prediction');
  await send(client, 'POST', '//v2/repository/index', 'index');
  await send(new Client(api.url, 'a-wrong-key'), 'GET', '/models', 'wrong');
  await send(new Client(api.url), 'DELETE', '/models/pets', 'stranger');
  await expect.poll(() => find('wrong')).toHaveLength(1);

  const sender = { key: { id: key.id, name: 'trainer' }, address: '203.0.113.7' };
  expect(await find('missing')).toMatchObject([
    {
      ...sender,
      method: 'DELETE',
      route: '/api/v1/models/:name',
      resource: '/api/v1/models/pets',
      status: 404,
    },
  ]);
  expect(await find('invalid')).toMatchObject([{ ...sender, status: 422 }]);
  expect(await find('forbidden')).toMatchObject([{ ...sender, status: 403 }]);
  expect(await find('wrong')).toMatchObject([{ key: null, method: 'GET', status: 401 }]);
  for (const id of ['read', 'prediction', 'index', 'stranger']) expect(await find(id)).toEqual([]);
  expect(JSON.stringify(await page())).not.toMatch(/secret|wrong-key/);
});

it('the audit is paged, newest first', async () => {
  const all = (await page()).items.map(({ id }) => id);
  expect(all).toEqual(all.toSorted((a, b) => b - a));
  const first = await page('?limit=2');
  const second = await page(`?limit=2&cursor=${first.next}`);
  expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(all.slice(0, 4));
  expect((await page('?limit=200')).next).toBeNull();
  expect((await api.client.get('/audit?cursor=x')).status).toBe(422);
});

it('audit entries wait for an unavailable database without delaying requests', async () => {
  gate.freeze();
  const refused = await send(api.client, 'POST', '/jobs', 'while-away');
  expect(refused.status).toBe(422);
  gate.comeBack();
  await expect.poll(() => find('while-away'), { timeout: 20_000 }).toHaveLength(1);
});

it('audit entries are written before the process ends, and deleted after their time', async () => {
  await send(api.client, 'POST', '/jobs', 'last');
  await api.stop();
  await house.database.query(
    `INSERT INTO audit (at, method, route, resource, status, request_id, address)
     SELECT now() - make_interval(days => days), 'POST', '/', '/', 200, 'old-' || days, ''
     FROM unnest('{9, 11}'::integer[]) AS days`,
  );
  api = await startApi({ ...house.environment, COATRACK_AUDIT_DAYS: '10' });
  expect(await find('last')).toHaveLength(1);
  await expect.poll(() => find('old-11')).toEqual([]);
  expect(await find('old-9')).toHaveLength(1);
});

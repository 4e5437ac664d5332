import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHouse, type RunningApi, startApi, type TestHouse } from './support/api';
import { Client, type Problem } from './support/client';
import { makeKey } from './support/keys';

interface NewSession {
  id: number;
  token: string;
  proof: string;
  expiresAt: string;
}

interface Session {
  id: number;
  key: { id: string; name: string };
  userAgent: string;
  expiresAt: string;
  lastUsedAt: string;
  current: boolean;
}

let house: TestHouse;
let api: RunningApi;

beforeAll(async () => {
  house = await createHouse();
  api = await startApi(house.environment);
});

afterAll(async () => {
  await api?.stop();
  await house?.remove();
});

async function logIn(secret: string) {
  const { status, body } = await new Client(api.url, secret).post<NewSession>('/sessions');
  expect(status).toBe(201);
  return { ...body, client: new Client(api.url, body.token) };
}

const change = (client: Client, proof?: string, method = 'POST', path = '/samples/none') =>
  client.send<Problem>(method, path, { headers: proof ? { 'X-Coatrack-Proof': proof } : {} });

const sessions = async (query = '') =>
  (await api.client.get<{ items: Session[]; next: string | null }>(`/sessions${query}`)).body;

const daysFromNow = (time: string) => (Date.parse(time) - Date.now()) / 86_400_000;

describe('a session', () => {
  it('may do what its key may, but changes also need its proof', async () => {
    const { key } = await makeKey(api, 'person', ['train']);
    const { token, proof, client, expiresAt } = await logIn(key.key);
    expect(token).toMatch(/^cs_[\w-]{43}$/);
    expect(daysFromNow(expiresAt)).toBeCloseTo(14, 1);
    expect((await client.get('/me')).body).toMatchObject({
      key: { name: 'person', scopes: ['train'] },
      sessionId: expect.any(Number),
    });
    expect((await client.get('//docs-json')).status).toBe(200);
    expect((await change(client, proof)).body.code).toBe('SAMPLE_NOT_FOUND');
    expect((await change(client, proof, 'DELETE', '/keys/x')).status).toBe(403);
    for (const wrong of [undefined, 'cp_wrong', token, proof.slice(0, -1)]) {
      const answer = await change(client, wrong);
      expect([answer.status, answer.body.message]).toEqual([401, expect.stringMatching(/log in/)]);
    }
    // Neither a session nor a proof opens another session.
    expect((await change(client, proof, 'POST', '/sessions')).status).toBe(403);
    expect((await new Client(api.url, proof).get('/me')).status).toBe(401);
    const [stored] = await house.database.query<object>('SELECT * FROM sessions');
    const dump = JSON.stringify(stored, (_, value) =>
      value?.type === 'Buffer' ? Buffer.from(value.data).toString() : value,
    );
    for (const secret of [token, proof]) expect(dump + api.output()).not.toContain(secret);
  });

  it('ends by logging out, by an administrator, or with its key', async () => {
    const { key } = await makeKey(api, 'leaver', ['read']);
    const [own, ended, orphan] = [await logIn(key.key), await logIn(key.key), await logIn(key.key)];
    const status = async ({ client }: { client: Client }) => (await client.get('/me')).status;
    // The cookie alone is enough to log out.
    expect((await own.client.delete('/sessions/current')).status).toBe(204);
    expect((await api.client.delete(`/sessions/${ended.id}`)).status).toBe(204);
    expect([await status(own), await status(ended), await status(orphan)]).toEqual([401, 401, 200]);
    expect((await api.client.delete(`/sessions/${ended.id}`)).body.code).toBe('SESSION_NOT_FOUND');
    expect((await api.client.delete('/sessions/current')).body.code).toBe('SESSION_NOT_FOUND');
    expect((await api.client.delete('/sessions/none')).body.code).toBe('SESSION_NOT_FOUND');
    await api.client.delete(`/keys/${key.id}`);
    expect(await status(orphan)).toBe(401);
  });

  it('is listed with its browser, newest first', async () => {
    const { key } = await makeKey(api, 'lister', ['admin']);
    const answer = await fetch(`${api.url}/api/v1/sessions`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${key.key}`, 'User-Agent': 'Lynx/2.9' },
    });
    const { id, token } = (await answer.json()) as NewSession;
    const { body } = await new Client(api.url, token).get<{ items: Session[] }>('/sessions');
    expect(body.items[0]).toMatchObject({
      id,
      key: { id: key.id, name: 'lister' },
      userAgent: 'Lynx/2.9',
      current: true,
    });
    await logIn(key.key);
    const first = await sessions('?limit=1');
    const second = await sessions(`?limit=1&cursor=${first.next}`);
    expect([...first.items, ...second.items].map((one) => one.id)).toEqual([id + 1, id]);
  });

  it('stays valid while it is used, but not forever', async () => {
    const { key } = await makeKey(api, 'stayer', ['read']);
    const stale = await logIn(key.key);
    const old = await logIn(key.key);
    await house.database.query(
      `UPDATE sessions SET expires_at = now() + interval '1 day',
         created_at = created_at - make_interval(days => CASE id WHEN $1 THEN 85 ELSE 0 END)`,
      [old.id],
    );
    for (const { client } of [stale, old]) expect((await client.get('/me')).status).toBe(200);
    const days = async (id: number) =>
      Math.round(daysFromNow((await sessions()).items.find((one) => one.id === id)!.expiresAt));
    await expect
      .poll(async () => [await days(stale.id), await days(old.id)], { timeout: 10_000 })
      .toEqual([14, 5]);
    await house.database.query(`UPDATE sessions SET expires_at = now() WHERE id = $1`, [old.id]);
    await expect
      .poll(async () => (await old.client.get('/me')).status, { timeout: 10_000 })
      .toBe(401);
  });

  it('ends as the least recently used if its key opens more than fifty', async () => {
    const { key } = await makeKey(api, 'many', ['read']);
    const first = await logIn(key.key);
    for (let index = 0; index < 50; index += 1) await logIn(key.key);
    expect((await first.client.get('/me')).status).toBe(401);
    const [count] = await house.database.query<{ count: number }>(
      `SELECT count(*)::integer AS count FROM sessions WHERE key_id = $1`,
      [key.id],
    );
    expect(count).toEqual({ count: 50 });
  });

  it('ends when the admin key that it was opened with is changed', async () => {
    const { client } = await logIn(api.client.key!);
    expect((await client.get('/me')).status).toBe(200);
    const other = await startApi({
      ...house.environment,
      COATRACK_ADMIN_KEY: 'another-admin-key-0123456789-0123456789',
    });
    await expect.poll(async () => (await client.get('/me')).status, { timeout: 10_000 }).toBe(401);
    await other.stop();
    await api.stop();
    api = await startApi(house.environment);
  });
});

describe('a login link', () => {
  it('only opens sessions for its key, until it expires', async () => {
    const { body: link, status } = await api.client.post<{ token: string; expiresAt: string }>(
      '/login-links',
    );
    expect(status).toBe(201);
    expect(link.token).toMatch(/^cl_[\w-]{43}$/);
    expect(daysFromNow(link.expiresAt)).toBeCloseTo(1, 1);
    const bearer = new Client(api.url, link.token);
    expect((await bearer.get('/me')).status).toBe(401);
    for (let times = 0; times < 2; times += 1) {
      const { client } = await logIn(link.token);
      expect((await client.get('/me')).body).toMatchObject({ key: { name: 'admin' } });
    }
    await house.database.query(`UPDATE login_tokens SET expires_at = now()`);
    await expect
      .poll(async () => (await bearer.post('/sessions')).status, { timeout: 10_000 })
      .toBe(401);
    const { client, key } = await makeKey(api, 'trainer', ['train']);
    expect((await client.post('/login-links')).status).toBe(403);
    const session = await logIn(key.key);
    expect((await change(session.client, session.proof, 'POST', '/login-links')).status).toBe(403);
  });
});

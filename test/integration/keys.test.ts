import { createHash } from 'node:crypto';
// A stand-in for tests alone: no library that could be imported by name has it.
// eslint-disable-next-line @nx/enforce-module-boundaries
import { PostgresProxy } from '@coatrack/api/src/platform/database/postgres-proxy.fixture';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHouse, type RunningApi, startApi, type TestHouse } from './support/api';
import { Client } from './support/client';
import { type Key, makeKey, type Scope } from './support/keys';
import { runProcess } from './support/process';

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

/** In which way a caller was refused; undefined where it was not. */
const refusal = async (client: Client, path = '/models') => {
  const { status, body } = await client.get(path);
  return status < 400 ? undefined : [status, body.code];
};

describe('a key', () => {
  it('is shown once, works only for its scopes, and ends when it is deleted', async () => {
    const { key, client } = await makeKey(api, 'dashboard', ['read']);
    expect(key.key).toMatch(/^ck_[\w-]{43}$/);
    expect(key).toMatchObject({ name: 'dashboard', scopes: ['read'], expiresAt: null });
    expect(await refusal(client)).toBeUndefined();
    const refused = await client.post('/samples/emoji');
    expect([refused.status, refused.body.code]).toEqual([403, 'FORBIDDEN']);
    expect(refused.body.message).toContain('"dashboard"');
    expect(refused.body.message).toContain('scope train');

    const { body } = await api.client.get<{ items: Key[] }>('/keys');
    expect(body.items.map(({ name }) => name)).toEqual(['admin', 'dashboard']);
    expect(JSON.stringify(body)).not.toContain(key.key);
    const stored = await house.database.query<{ hash: Buffer }>(
      `SELECT hash FROM api_keys WHERE name = 'dashboard'`,
    );
    expect(stored[0]!.hash.equals(createHash('sha256').update(key.key).digest())).toBe(true);
    expect(api.output()).not.toContain(key.key);

    expect((await api.client.delete(`/keys/${key.id}`)).status).toBe(204);
    expect(await refusal(client)).toEqual([401, 'UNAUTHORIZED']);
    expect((await api.client.delete(`/keys/${key.id}`)).body.code).toBe('KEY_NOT_FOUND');
    expect((await api.client.delete('/keys/dashboard')).body.code).toBe('KEY_NOT_FOUND');
  });

  it('shows when it was last used', async () => {
    const { key, client } = await makeKey(api, 'used', ['read']);
    const lastUse = async () =>
      (await api.client.get<{ items: Key[] }>('/keys')).body.items.find(({ id }) => id === key.id)
        ?.lastUsedAt;
    expect(await lastUse()).toBeNull();
    await client.get('/models');
    await expect.poll(lastUse, { timeout: 10_000 }).toEqual(expect.any(String));
    const first = await lastUse();
    await client.get('/models');
    expect(await lastUse()).toBe(first);
  });

  it("expires by the database's clock", async () => {
    const { client } = await makeKey(api, 'short', ['read'], '2099-01-01T00:00:00+02:00');
    expect(await refusal(client)).toBeUndefined();
    await house.database.query(`UPDATE api_keys SET expires_at = now() WHERE name = 'short'`);
    await expect.poll(() => refusal(client), { timeout: 10_000 }).toBeDefined();
    const { status, body } = await client.get('/models');
    expect([status, body.message]).toEqual([401, 'The key "short" has expired.']);
  });

  it.each([
    ['no name', { scopes: ['read'] }, 'name'],
    ['a name of two lines', { name: 'a\nb', scopes: ['read'] }, 'name'],
    ['no scope', { name: 'x', scopes: [] }, 'scopes'],
    ['an unknown scope', { name: 'x', scopes: ['write'] }, 'scopes.0'],
    ['a scope twice', { name: 'x', scopes: ['read', 'read'] }, 'scopes'],
    [
      'an end in the past',
      { name: 'x', scopes: ['read'], expiresAt: '2001-01-01T00:00:00Z' },
      'expiresAt',
    ],
    ['a key of its own', { name: 'x', scopes: ['read'], key: 'my-own' }, 'request'],
  ])('cannot be created with %s', async (_what, body, where) => {
    const answer = await api.client.post('/keys', body);
    expect([answer.status, answer.body.problems?.[0]?.where]).toEqual([422, where]);
  });

  it('needs a unique name, and "admin" can neither be created nor deleted', async () => {
    expect((await api.client.post('/keys', { name: 'admin', scopes: ['read'] })).body.code).toBe(
      'KEY_EXISTS',
    );
    const { body } = await api.client.get<{ items: Key[] }>('/keys');
    const admin = body.items.find(({ name }) => name === 'admin')!;
    const answer = await api.client.delete(`/keys/${admin.id}`);
    expect([answer.status, answer.body.code]).toEqual([409, 'ADMIN_KEY_FIXED']);
  });

  it('is listed in pages', async () => {
    for (const name of ['page a', 'page ö', 'page b']) await makeKey(api, name, ['predict']);
    const names: string[] = [];
    let next: string | null = '';
    let pages = 0;
    while (next !== null) {
      const query: string = next ? `&cursor=${next}` : '';
      const { body } = await api.client.get<{ items: Key[]; next: string | null }>(
        `/keys?limit=2${query}`,
      );
      expect(body.items.length).toBeLessThanOrEqual(2);
      names.push(...body.items.map(({ name }) => name));
      next = body.next;
      pages += 1;
    }
    expect(pages).toBe(Math.ceil(names.length / 2));
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(['admin', 'page a', 'page b', 'page ö']));
  });

  it('that another process revokes stops working within two seconds', async () => {
    const other = await startApi(house.environment);
    const { key, client } = await makeKey(api, 'shared', ['read']);
    const elsewhere = new Client(other.url, key.key);
    expect(await refusal(elsewhere)).toBeUndefined();
    await api.client.delete(`/keys/${key.id}`);
    expect(await refusal(client)).toEqual([401, 'UNAUTHORIZED']);
    await expect.poll(() => refusal(elsewhere), { timeout: 10_000 }).toEqual([401, 'UNAUTHORIZED']);
    await other.stop();
  });
});

describe('every route', () => {
  interface Operation {
    operationId: string;
    security?: { key: Scope[] }[];
  }

  const included: Record<Scope, Scope[]> = {
    predict: ['predict'],
    read: ['read'],
    train: ['train', 'read', 'predict'],
    admin: ['predict', 'read', 'train', 'admin'],
  };
  const open = ['getLiveness', 'getReadiness', 'v2Live', 'v2Ready'];
  const operations = async () => {
    const { body } = await api.client.get<{ paths: Record<string, Record<string, Operation>> }>(
      '//docs-json',
    );
    return Object.entries(body.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
    );
  };
  const scopesOf = ({ security = [] }: Operation) => security.flatMap(({ key }) => key);

  it('declares its scopes; only the health checks have none', async () => {
    for (const operation of await operations()) {
      const scopes = scopesOf(operation);
      if (open.includes(operation.operationId)) expect(operation.security).toEqual([]);
      else
        expect([operation.operationId, scopes.length > 0]).toEqual([operation.operationId, true]);
      expect(scopes.every((scope) => scope in included)).toBe(true);
    }
  });

  it.each<Scope>(['predict', 'read', 'train'])(
    'lets a key for %s do what it declares, and nothing else',
    async (scope) => {
      const { client } = await makeKey(api, `only ${scope}`, [scope]);
      for (const operation of await operations()) {
        if (open.includes(operation.operationId)) continue;
        const allowed = scopesOf(operation).some((needed) => included[scope].includes(needed));
        // Nothing is called so: what is let through ends with 4xx, or lists what is there.
        const path = operation.path.replaceAll(/\{\w+\}/g, 'none');
        const { status } = await client.send(operation.method.toUpperCase(), `/${path}`, {});
        expect([operation.operationId, status === 403]).toEqual([operation.operationId, !allowed]);
        expect(status).not.toBe(401);
        expect(status).toBeLessThan(500);
      }
      expect((await client.get('//docs')).status).toBe(scope === 'predict' ? 403 : 200);
    },
  );
});

describe('wrong keys', () => {
  it('are counted, logged without the key, and refused for a while; valid keys still work', async () => {
    const guessed = await startApi(house.environment);
    const guess = (index: number) => new Client(guessed.url, `guess-${index}`).get('/models');
    const answers = [];
    for (let index = 0; index < 12; index += 1) answers.push(await guess(index));
    expect(answers.map(({ status }) => status)).toEqual([...Array(10).fill(401), 429, 429]);
    expect(answers[11]!.body.code).toBe('TOO_MANY_WRONG_KEYS');
    const seconds = Number(answers[11]!.headers.get('Retry-After'));
    expect(seconds).toBeGreaterThanOrEqual(1);
    expect(seconds).toBeLessThanOrEqual(60);

    expect(await refusal(guessed.client)).toBeUndefined();
    const { client } = await makeKey(guessed, 'made meanwhile', ['read']);
    expect(await refusal(client)).toBeUndefined();
    const metrics = await guessed.client.get<Buffer>('//metrics');
    expect(metrics.body.toString()).toMatch(/^coatrack_wrong_keys_total 10$/m);

    const prefix = createHash('sha256').update('guess-3').digest('hex').slice(0, 8);
    expect(guessed.output()).toMatch(
      new RegExp(`${prefix}…\\) from 127.0.0.1: GET /api/v1/models`),
    );
    expect(guessed.output()).not.toContain('guess-');
    await guessed.stop();
  });
});

describe('while the database is away', () => {
  let gate: PostgresProxy;
  let gated: RunningApi;

  beforeAll(async () => {
    gate = await PostgresProxy.open(house.database.url);
    gated = await startApi({ ...house.environment, DATABASE_URL: gate.url });
  });

  afterAll(async () => {
    gate?.comeBack();
    await gated?.stop();
    await gate?.close();
  });

  it.each(['freeze', 'goAway'] as const)(
    'known keys go on and unknown ones are to try again (%s)',
    async (how) => {
      const { client } = await makeKey(gated, `during ${how}`, ['read']);
      const idle = await makeKey(gated, `never used before ${how}`, ['read']);
      const ask = (asking: Client) => refusal(asking, '/architectures');
      expect(await ask(client)).toBeUndefined();
      gate[how]();
      const until = performance.now() + 3000;
      while (performance.now() < until) expect(await ask(client)).toBeUndefined();
      expect(await ask(idle.client)).toBeUndefined();
      const stranger = await new Client(gated.url, 'unknown').get('/architectures');
      expect([stranger.status, stranger.body.code]).toEqual([503, 'DATABASE_UNAVAILABLE']);
      expect(Number(stranger.headers.get('Retry-After'))).toBeGreaterThanOrEqual(1);
      // Another process revokes it meanwhile.
      await house.database.query(`DELETE FROM api_keys WHERE name = $1`, [`during ${how}`]);
      gate.comeBack();
      await expect.poll(() => ask(client), { timeout: 20_000 }).toEqual([401, 'UNAUTHORIZED']);
      expect(await ask(idle.client)).toBeUndefined();
    },
  );
});

describe('the admin key of several processes', () => {
  it('is the same for all: a process that would lock the others out fails to start', async () => {
    const first = await createHouse();
    const second = await createHouse();
    const without = (own: TestHouse) => {
      const environment: Record<string, string> = {
        ...own.environment,
        DATABASE_URL: first.database.url,
      };
      delete environment.COATRACK_ADMIN_KEY;
      return environment;
    };
    const running = await startApi(without(first));
    const failed = await runProcess('main.js', without(second));
    expect(failed.code).toBe(1);
    expect(failed.output.trim().split('\n').at(-1)).toMatch(
      /^Coatrack's API failed to start\. .*set from another data folder.*COATRACK_ADMIN_KEY/,
    );
    await running.stop();

    // A change of the setting takes effect, whichever folder has the file; so does going back to the file where the setting
    // was last.
    const key = 'a-configured-key-of-a-sound-length-1';
    const configured = await startApi({ ...without(second), COATRACK_ADMIN_KEY: key });
    expect(await refusal(configured.client)).toBeUndefined();
    expect(configured.output()).toMatch(/The admin key has changed/);
    expect((await runProcess('main.js', without(first))).code).toBe(1);
    const again = await startApi({ ...without(first), COATRACK_ADMIN_KEY: key });
    await again.stop();
    await configured.stop();
    const back = await startApi(without(second));
    await back.stop();
    await first.remove();
    await second.remove();
  }, 240_000);

  it('may be short, with a warning', async () => {
    const short = await createHouse();
    const running = await startApi({
      ...short.environment,
      COATRACK_ADMIN_KEY: 'sixteen-letters!',
    });
    expect(running.output()).toMatch(/WARN.*COATRACK_ADMIN_KEY has 16 characters/);
    expect(await refusal(running.client)).toBeUndefined();
    await running.stop();
    await short.remove();
  });
});

import { createRequire } from 'node:module';
import { resolve } from 'node:path';
// A stand-in for tests alone: no library that could be imported by name has it.
// eslint-disable-next-line @nx/enforce-module-boundaries
import { PostgresProxy } from '@coatrack/api/src/platform/database/postgres-proxy.fixture';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from './support/database';

const { createDataSource } = createRequire(__filename)(
  resolve('apps/api/dist/platform/database/data-source.js'),
);
interface Statements {
  query(text: string): Promise<unknown>;
}
const away = { name: 'DatabaseAwayError' };

let database: TestDatabase;
let proxy: PostgresProxy;
let dataSource: ReturnType<typeof createDataSource>;

beforeAll(async () => {
  database = await createDatabase();
  proxy = await PostgresProxy.open(database.url);
  dataSource = createDataSource(proxy.url, [], { connection: 5000, statement: 1500, answer: 2000 });
  await dataSource.initialize();
  await dataSource.query('CREATE TABLE t (n integer)');
});

afterAll(async () => {
  proxy.comeBack();
  await dataSource.destroy();
  await proxy.close();
  await database.drop();
});

it('a hanging database is noticed long before the limit for slow statements', async () => {
  const timeouts = { connection: 5000, statement: 30_000, answer: 32_000, pulse: true };
  const patient = await createDataSource(proxy.url, [], timeouts).initialize();
  await expect(patient.query('SELECT pg_sleep(6)')).resolves.toHaveLength(1);
  const asked = patient.query('SELECT pg_sleep(1)');
  proxy.freeze();
  const started = performance.now();
  await expect(asked).rejects.toMatchObject(away);
  expect(performance.now() - started).toBeLessThan(20_000);
  proxy.comeBack();
  await expect(patient.query('SELECT 1')).resolves.toHaveLength(1);
  await patient.destroy();
});

it('a statement that takes too long is cancelled', async () => {
  await expect(dataSource.query('SELECT pg_sleep(30)')).rejects.toMatchObject(away);
});

it('the connection of an abandoned statement is not reused, so nothing of it is committed later', async () => {
  const work = dataSource.transaction(async (manager: Statements) => {
    await manager.query('INSERT INTO t VALUES (1)');
    proxy.freeze();
    await manager.query('INSERT INTO t VALUES (2)');
  });
  await expect(work).rejects.toMatchObject(away);
  proxy.comeBack();
  await dataSource.transaction((manager: Statements) => manager.query('INSERT INTO t VALUES (3)'));
  expect(await dataSource.query('SELECT n FROM t')).toEqual([{ n: 3 }]);
});

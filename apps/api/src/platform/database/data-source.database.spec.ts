import type { MigrationInterface, QueryRunner } from 'typeorm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrate } from './data-source';
import { migrations } from './migrations';
import { openTestDatabase, type TestDatabase } from './test-database.fixture';

class Impossible1764000000099 implements MigrationInterface {
  readonly name = 'Impossible1764000000099';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE jobs ADD impossible integer NOT NULL REFERENCES nothing');
  }

  async down(): Promise<void> {
    // Never up.
  }
}

let database: TestDatabase;

beforeAll(async () => {
  database = await openTestDatabase('empty');
});

afterAll(() => database?.drop());

it('a failing migration leaves the schema unchanged', async () => {
  const { dataSource } = database;
  const [released, all] = [migrations.slice(0, 2), migrations.slice()];
  const open = async (wanted: typeof migrations | (new () => MigrationInterface)[]) => {
    if (dataSource.isInitialized) await dataSource.destroy();
    dataSource.setOptions({ migrations: wanted });
    await dataSource.initialize();
    await migrate(dataSource);
  };
  await open(released);
  await expect(open([...all, Impossible1764000000099])).rejects.toThrow('does not exist');
  const done: { name: string }[] = await dataSource.query('SELECT name FROM migrations');
  expect(done.map(({ name }) => name)).toEqual(released.map(({ name }) => name));
  const [{ column_name: kept }] = await dataSource.query(
    `SELECT column_name FROM information_schema.columns WHERE table_name = 'jobs' AND column_name = 'recipe'`,
  );
  expect(kept).toBe('recipe');
  await open(all);
});

import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import type { DataSource, QueryRunner } from 'typeorm';
import { inject } from 'vitest';
import { entities } from '../../entities';
import { createDataSource, openDatabase } from './data-source';
import { migrations } from './migrations';

type Migration = (typeof migrations)[number];

export interface TestDatabase {
  dataSource: DataSource;
  url: string;
  drop(): Promise<void>;
}

/** Opens a database of the test file's own on the run's Postgres: with today's schema, or `empty`. */
export async function openTestDatabase(schema: 'migrated' | 'empty'): Promise<TestDatabase> {
  const url = new URL(inject('postgresUrl'));
  const name = `spec_${randomUUID().replaceAll('-', '')}`;
  const administrator = new Client({ connectionString: url.href });
  await administrator.connect();
  await administrator.query(`CREATE DATABASE ${name}`);
  url.pathname = `/${name}`;
  const dataSource =
    schema === 'empty'
      ? await createDataSource(url.href, entities).initialize()
      : await openDatabase(url.href, entities, 'migrate');
  return {
    dataSource,
    url: url.href,
    drop: async () => {
      await dataSource.destroy();
      await administrator.query(`DROP DATABASE ${name}`);
      await administrator.end();
    },
  };
}

/** Brings an empty database to the schema that a migration finds. */
export async function migrateUpTo(runner: QueryRunner, migration: Migration): Promise<void> {
  for (const Earlier of migrations.slice(0, migrations.indexOf(migration))) {
    await new Earlier().up(runner);
  }
}

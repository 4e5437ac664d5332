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

/** Creates a database for the test file on the test run's Postgres: with the current schema, or `empty`. */
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

/** Runs the migrations before the given one on an empty database. */
export async function migrateUpTo(runner: QueryRunner, migration: Migration): Promise<void> {
  for (const Earlier of migrations.slice(0, migrations.indexOf(migration))) {
    await new Earlier().up(runner);
  }
}

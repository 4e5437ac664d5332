import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { createDataSource } from '../data-source';
import { migrations } from '.';
import { DatasetSplits1764000000010 } from './0010-dataset-splits';

const url = new URL(inject('postgresUrl'));
const databaseName = `migrations_${randomUUID().replaceAll('-', '')}`;
let administrator: Client;
let dataSource: DataSource;

beforeAll(async () => {
  administrator = new Client({ connectionString: url.href });
  await administrator.connect();
  await administrator.query(`CREATE DATABASE ${databaseName}`);
  url.pathname = `/${databaseName}`;
  dataSource = await createDataSource(url.href, []).initialize();
});

afterAll(async () => {
  await dataSource?.destroy();
  await administrator.query(`DROP DATABASE ${databaseName}`);
  await administrator.end();
});

it('gives datasets that there are no splits, no copies and no warnings', async () => {
  const runner = dataSource.createQueryRunner();
  const before = migrations.slice(0, migrations.indexOf(DatasetSplits1764000000010));
  for (const Migration of before) await new Migration().up(runner);
  const [id, blob] = [randomUUID(), 'ab'.repeat(32)];
  await runner.query(`INSERT INTO blobs VALUES ($1, 1)`, [blob]);
  await runner.query(
    `INSERT INTO datasets (id, name, blob, bytes, pictures, classes, skipped, skipped_count)
     VALUES ($1, 'shapes', $2, 1, 1, '[]', '[]', 0)`,
    [id, blob],
  );
  await runner.query(
    `INSERT INTO dataset_pictures (dataset_id, index, class, name, format, byte_offset, byte_length, width, height)
     VALUES ($1, 0, 0, '1.png', 'png', 0, 1, 1, 1)`,
    [id],
  );
  const migration = new DatasetSplits1764000000010();
  await migration.up(runner);
  const [dataset] = await runner.query(`SELECT warnings, splits FROM datasets`);
  const [picture] = await runner.query(`SELECT split, copy_of FROM dataset_pictures`);
  expect({ dataset, picture }).toEqual({
    dataset: { warnings: [], splits: null },
    picture: { split: null, copy_of: null },
  });
  const wrong = runner.query(`UPDATE dataset_pictures SET split = 'dev'`);
  await expect(wrong).rejects.toThrow('dataset_pictures_split_check');
  await migration.down(runner);
  const [restored] = await runner.query(`SELECT * FROM dataset_pictures`);
  expect(restored).not.toHaveProperty('copy_of');
  await runner.release();
});

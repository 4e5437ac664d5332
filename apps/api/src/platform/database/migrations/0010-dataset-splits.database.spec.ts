import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrateUpTo, openTestDatabase, type TestDatabase } from '../test-database.fixture';
import { DatasetSplits1764000000010 } from './0010-dataset-splits';

let database: TestDatabase;

beforeAll(async () => {
  database = await openTestDatabase('empty');
});

afterAll(() => database?.drop());

it('existing datasets get no splits, no duplicates and no warnings', async () => {
  const runner = database.dataSource.createQueryRunner();
  await migrateUpTo(runner, DatasetSplits1764000000010);
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

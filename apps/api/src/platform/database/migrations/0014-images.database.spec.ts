import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrateUpTo, openTestDatabase, type TestDatabase } from '../test-database.fixture';
import { Images1764000000014 } from './0014-images';

let database: TestDatabase;

beforeAll(async () => {
  database = await openTestDatabase('empty');
});

afterAll(() => database?.drop());

it('pictures become images in tables, constraints and stored JSON, and the reversal restores them', async () => {
  const runner = database.dataSource.createQueryRunner();
  await migrateUpTo(runner, Images1764000000014);
  const [id, job, blob] = [randomUUID(), randomUUID(), 'ab'.repeat(32)];
  await runner.query(`INSERT INTO blobs VALUES ($1, 1)`, [blob]);
  await runner.query(
    `INSERT INTO datasets (id, name, blob, bytes, pictures, classes, skipped, skipped_count)
     VALUES ($1, 'shapes', $2, 1, 7, '[]', '[]', 0)`,
    [id, blob],
  );
  const status = { phase: 'Verifying', done: 1, total: 4, unit: 'pictures' };
  await runner.query(
    `INSERT INTO jobs (id, type, state, name, request, status, progress, attempts, fruitless_attempts,
       created_at, enqueued_at, last_seq)
     VALUES ($1, 'export', 'queued', 'pets', '{}', $2, 0, 0, 0, now(), now(), 0)`,
    [job, status],
  );
  const started = { type: 'started', steps: 5, trainPictures: 6, validationPictures: 1 };
  await runner.query(
    `INSERT INTO job_events (job_id, seq, type, data, at) VALUES ($1, 1, 'started', $2, now())`,
    [job, started],
  );
  const before = await constraints();

  const migration = new Images1764000000014();
  await migration.up(runner);
  const [row] = await runner.query(
    `SELECT d.images, j.status, e.data FROM datasets d, jobs j, job_events e`,
  );
  expect(row).toEqual({
    images: 7,
    status: { ...status, unit: 'images' },
    data: { type: 'started', steps: 5, trainImages: 6, validationImages: 1 },
  });
  expect((await constraints()).join()).not.toContain('pictures');
  await runner.query(`SELECT index FROM dataset_images`);

  await migration.down(runner);
  const [restored] = await runner.query(`SELECT d.pictures, e.data FROM datasets d, job_events e`);
  expect(restored).toEqual({ pictures: 7, data: started });
  expect(await constraints()).toEqual(before);
  await runner.release();

  async function constraints(): Promise<string[]> {
    const rows: { name: string }[] = await runner.query(
      `SELECT conname AS name FROM pg_constraint WHERE conrelid::regclass::text LIKE 'dataset%' ORDER BY 1`,
    );
    return rows.map(({ name }) => name);
  }
});

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrateUpTo, openTestDatabase, type TestDatabase } from '../test-database.fixture';
import { JobTypes1764000000003 } from './0003-job-types';

let database: TestDatabase;

beforeAll(async () => {
  database = await openTestDatabase('empty');
});

afterAll(() => database?.drop());

it('the migration and its reversal keep existing fine-tunes', async () => {
  const runner = database.dataSource.createQueryRunner();
  await migrateUpTo(runner, JobTypes1764000000003);
  const id = randomUUID();
  const dataset = { id: randomUUID(), name: 'shapes' };
  const blob = 'ab'.repeat(32);
  await runner.query(`INSERT INTO blobs VALUES ($1, 1)`, [blob]);
  await runner.query(
    `INSERT INTO datasets (id, name, blob, bytes, pictures, classes, skipped, skipped_count)
     VALUES ($1, 'shapes', $2, 1, 0, '[]', '[]', 0)`,
    [dataset.id, blob],
  );
  await runner.query(
    `INSERT INTO jobs (id, type, state, name, architecture, dataset, recipe, progress, epoch, step,
       steps, history, checkpoint, attempts, fruitless_attempts, created_at, enqueued_at, last_seq)
     VALUES ($1, 'fine-tune', 'queued', 'shapes', 'efficientnetv2_b0', $2, '{"epochs":3}', 0.5, 1, 5,
       15, '[{"epoch":1}]', $3, 1, 0, now(), now(), 1)`,
    [id, dataset, { blob, epoch: 1, step: 5 }],
  );
  const [before] = await runner.query(`SELECT * FROM jobs`);

  const migration = new JobTypes1764000000003();
  await migration.up(runner);
  const [after] = await runner.query(`SELECT * FROM jobs`);
  expect(after.request).toEqual({
    architecture: 'efficientnetv2_b0',
    parent: null,
    dataset,
    recipe: { epochs: 3 },
  });
  expect(after.status).toEqual({
    epoch: 1,
    step: 5,
    steps: 15,
    imagesPerSecond: null,
    engine: null,
    metrics: null,
    history: [{ epoch: 1 }],
    checkpoint: { blob, epoch: 1, step: 5 },
  });
  expect(after).toMatchObject({ checkpoint_blob: blob, needed_dataset: dataset.id });

  await migration.down(runner);
  const [again] = await runner.query(`SELECT * FROM jobs`);
  expect(again).toEqual(before);
  await runner.release();
});

import { randomUUID } from 'node:crypto';
import type { QueryRunner } from 'typeorm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrateUpTo, openTestDatabase, type TestDatabase } from '../test-database.fixture';
import { Lists1764000000008 } from './0008-lists';

let database: TestDatabase;
let runner: QueryRunner;
const migration = new Lists1764000000008();
const blob = 'ab'.repeat(32);
const job = randomUUID();
const confusion = [
  [5, 0, 1],
  [0, 0, 0],
  [0, 2, 7],
];
const metrics = { top1: 0.8, top5: 1, loss: 0.4 };

beforeAll(async () => {
  database = await openTestDatabase('empty');
  runner = database.dataSource.createQueryRunner();
  await migrateUpTo(runner, Lists1764000000008);
  await runner.query(`INSERT INTO blobs VALUES ($1, 1)`, [blob]);
  await runner.query(`INSERT INTO models (name, last_version) VALUES ('pets', 3)`);
  const insertVersion = (version: number, found: object | null, made: string | null) =>
    runner.query(
      `INSERT INTO model_versions (id, model, version, architecture, labels, preprocessing, blob, bytes,
         parameters, accuracy, format, metrics, job_id)
       VALUES ($1, 'pets', $2, 'efficientnetv2_b0', '["a", "b", "c"]', '{}', $3, 1, 1, '{}', 'safetensors', $4, $5)`,
      [randomUUID(), version, blob, JSON.stringify(found), made],
    );
  await insertVersion(1, null, null);
  await insertVersion(2, { ...metrics, confusion }, job);
  await runner.query(
    `INSERT INTO jobs (id, type, state, name, request, status, result, progress, attempts,
       fruitless_attempts, created_at, started_at, finished_at, enqueued_at, last_seq)
     VALUES ($1, 'fine-tune', 'succeeded', 'pets', '{}', $2, $3, 1, 1, 0,
       '2026-01-01', '2026-01-01', '2026-01-01 00:10', '2026-01-01', 1002)`,
    [
      job,
      JSON.stringify({ history: [{ epoch: 1 }], metrics: { ...metrics, confusion } }),
      JSON.stringify({ model: 'pets', version: 2 }),
    ],
  );
  await runner.query(
    `INSERT INTO job_events SELECT $1, n, CASE WHEN n IN (1, 1002) THEN 'state' WHEN n % 100 = 0 THEN 'epoch' ELSE 'step' END,
       '{}', now() FROM generate_series(1, 1002) n`,
    [job],
  );
  await runner.query(
    `INSERT INTO jobs (id, type, state, name, request, status, error, result, progress, attempts,
       fruitless_attempts, created_at, enqueued_at, last_seq)
     VALUES (gen_random_uuid(), 'import', 'failed', 'gone', '{}', '{}', $1, '{"model": "gone", "version": 7}', 1, 1, 0,
       '2026-01-02', '2026-01-02', 0)`,
    [JSON.stringify({ code: 'INVALID_WEIGHTS', message: 'x'.repeat(100_000) })],
  );
  await migration.up(runner);
});

afterAll(async () => {
  await runner?.release();
  await database?.drop();
});

const rowsOf = (query: string) => runner.query(query);

it('a dense matrix becomes its counts', async () => {
  const counts = await rowsOf(
    `SELECT actual, predicted, count FROM version_confusions ORDER BY actual, predicted`,
  );
  expect(counts).toEqual([
    { actual: 0, predicted: 0, count: 5 },
    { actual: 0, predicted: 2, count: 1 },
    { actual: 2, predicted: 1, count: 2 },
    { actual: 2, predicted: 2, count: 7 },
  ]);
  const versions = await rowsOf(`SELECT metrics FROM model_versions ORDER BY version`);
  expect(versions).toEqual([{ metrics: null }, { metrics }]);
  const [{ status }] = await rowsOf(`SELECT status FROM jobs ORDER BY created_at`);
  expect(status).toEqual({ history: [{ epoch: 1 }], metrics });
});

it('the steps of old jobs are thinned, and errors as long as a file are shortened', async () => {
  const counts = await rowsOf(
    `SELECT type, count(*)::integer AS events FROM job_events GROUP BY type ORDER BY type`,
  );
  expect(counts).toEqual([
    { type: 'epoch', events: 10 },
    { type: 'state', events: 2 },
    { type: 'step', events: 126 },
  ]);
  const [{ error }] = await rowsOf(`SELECT error FROM jobs WHERE name = 'gone'`);
  expect(error.code).toBe('INVALID_WEIGHTS');
  expect(error.message).toHaveLength(2002);
});

it('training times of versions and the numbers of deleted models are kept', async () => {
  const times = await rowsOf(`SELECT training_seconds FROM model_versions ORDER BY version`);
  expect(times).toEqual([{ training_seconds: null }, { training_seconds: 600 }]);
  expect(await rowsOf(`SELECT * FROM model_numbers ORDER BY model`)).toEqual([
    { model: 'gone', last_version: 7 },
    { model: 'pets', last_version: 3 },
  ]);
});

it('the reversal restores the data', async () => {
  await migration.down(runner);
  const versions = await rowsOf(`SELECT metrics FROM model_versions ORDER BY version`);
  expect(versions).toEqual([{ metrics: null }, { metrics: { ...metrics, confusion } }]);
  expect(await rowsOf(`SELECT last_version FROM models`)).toEqual([{ last_version: 3 }]);
  const [{ status }] = await rowsOf(`SELECT status FROM jobs ORDER BY created_at`);
  expect(status.metrics).toEqual({ ...metrics, confusion });
});

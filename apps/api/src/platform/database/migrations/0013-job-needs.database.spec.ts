import { randomUUID } from 'node:crypto';
import type { QueryRunner } from 'typeorm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrateUpTo, openTestDatabase, type TestDatabase } from '../test-database.fixture';
import { JobNeeds1764000000013 } from './0013-job-needs';

let database: TestDatabase;
let runner: QueryRunner;
const migration = new JobNeeds1764000000013();
const blob = 'ab'.repeat(32);
const dataset = { id: randomUUID(), name: 'pets' };
const version = { model: 'pets', version: 1 };

const insertJob = async (type: string, state: string, request: object, status: object = {}) => {
  const id = randomUUID();
  const running = state === 'running';
  await runner.query(
    `INSERT INTO jobs (id, type, state, name, request, status, progress, attempts, fruitless_attempts, claim,
       heartbeat_at, created_at, enqueued_at, last_seq)
     VALUES ($1, $2, $3, 'pets', $4, $5, 0, 0, 0, $6, $7, now(), now(), 0)`,
    [
      id,
      type,
      state,
      JSON.stringify(request),
      JSON.stringify(status),
      running ? randomUUID() : null,
      running ? new Date() : null,
    ],
  );
  return id;
};

const jobs: Record<string, string> = {};

beforeAll(async () => {
  database = await openTestDatabase('empty');
  runner = database.dataSource.createQueryRunner();
  await migrateUpTo(runner, JobNeeds1764000000013);
  await runner.query(`INSERT INTO blobs VALUES ($1, 1)`, [blob]);
  await runner.query(
    `INSERT INTO datasets (id, name, blob, bytes, pictures, classes, skipped, skipped_count)
     VALUES ($1, 'pets', $2, 1, 0, '[]', '[]', 0)`,
    [dataset.id, blob],
  );
  await runner.query(`INSERT INTO models (name) VALUES ('pets')`);
  await runner.query(
    `INSERT INTO model_versions (id, model, version, architecture, labels, preprocessing, blob, bytes, parameters,
       accuracy, format)
     VALUES ($1, 'pets', 1, 'efficientnetv2_b0', '["a", "b"]', '{}', $2, 1, 1, '{}', 'safetensors')`,
    [randomUUID(), blob],
  );
  const checkpoint = { blob, epoch: 1, step: 5 };
  jobs.running = await insertJob(
    'fine-tune',
    'running',
    { dataset, parent: version },
    { checkpoint },
  );
  jobs.ended = await insertJob('fine-tune', 'succeeded', { dataset, parent: version });
  jobs.waiting = await insertJob('export', 'queued', { version });
  await migration.up(runner);
});

afterAll(async () => {
  await runner?.release();
  await database?.drop();
});

it('the needs and checkpoints of unfinished jobs are kept', async () => {
  const needs = await runner.query(
    `SELECT job_id, dataset_id, model, version FROM job_needs ORDER BY dataset_id, job_id`,
  );
  const none = { dataset_id: null, model: null, version: null };
  expect(needs).toHaveLength(3);
  expect(needs).toEqual(
    expect.arrayContaining([
      { ...none, job_id: jobs.running, dataset_id: dataset.id },
      { ...none, job_id: jobs.running, ...version },
      { ...none, job_id: jobs.waiting, ...version },
    ]),
  );
  const held = await runner.query(`SELECT id FROM jobs WHERE checkpoint_blob = $1`, [blob]);
  expect(held).toEqual([{ id: jobs.running }]);
  const violated = /violates foreign key constraint ".*" on table "job_needs"/;
  await expect(runner.query(`DELETE FROM datasets`)).rejects.toThrow(violated);
  await expect(runner.query(`DELETE FROM model_versions`)).rejects.toThrow(violated);
});

it('the reversal restores the columns', async () => {
  await migration.down(runner);
  const needed = await runner.query(
    `SELECT id, needed_dataset, needed_model, needed_version, checkpoint_blob FROM jobs WHERE state <> 'succeeded'`,
  );
  expect(needed).toEqual(
    expect.arrayContaining([
      {
        id: jobs.running,
        needed_dataset: dataset.id,
        needed_model: 'pets',
        needed_version: 1,
        checkpoint_blob: blob,
      },
      {
        id: jobs.waiting,
        needed_dataset: null,
        needed_model: 'pets',
        needed_version: 1,
        checkpoint_blob: null,
      },
    ]),
  );
});

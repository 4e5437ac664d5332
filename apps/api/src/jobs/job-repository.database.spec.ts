import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { recipeSchema } from '@coatrack/training';
import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openDatabase } from '../platform/database/data-source';
import { Database } from '../platform/database/database';
import { entities } from '../entities';
import { jobDefinitions } from '../job-definitions';
import { Blobs } from '../platform/blobs/blobs';
import { FileBlobStore } from '../platform/blobs/file-blob-store';
import { fineTuneJob } from '../training/fine-tune.job';
import {
  type FineTuneShape,
  recordCheckpoint,
  recordTraining,
} from '../training/training-progress';
import { stepEvent } from '../training/step-event.fixture';
import type { Job } from './job-record';
import { claimJob, requestCancel, stopJob } from './job';
import { JobDefinitions } from './job-definition';
import { JobEventLog } from './job-event-log';
import { followEvents } from './job-event-feed';
import { JobNotifications } from './job-notifications';
import type { JobEvent } from './job-events';
import { JobRepository } from './job-repository';
import { JobSweep } from './job-sweep';

const url = new URL(inject('postgresUrl'));
const databaseName = `jobs_${randomUUID().replaceAll('-', '')}`;
const dataset = { id: randomUUID(), name: 'shapes' };
let administrator: Client;
let dataSource: DataSource;
let jobs: JobRepository;
let sweep: JobSweep;
let log: JobEventLog;

beforeAll(async () => {
  administrator = new Client({ connectionString: url.href });
  await administrator.connect();
  await administrator.query(`CREATE DATABASE ${databaseName}`);
  url.pathname = `/${databaseName}`;
  dataSource = await openDatabase(url.href, entities, 'migrate');
  const database = new Database(dataSource);
  const definitions = new JobDefinitions(jobDefinitions);
  log = new JobEventLog(database, definitions);
  const blobs = new Blobs(database, new FileBlobStore(tmpdir()));
  jobs = new JobRepository(database, blobs, definitions, log);
  sweep = new JobSweep(database);
  const blob = 'ab'.repeat(32);
  await dataSource.query(`INSERT INTO blobs VALUES ($1, 1)`, [blob]);
  await dataSource.query(
    `INSERT INTO datasets (id, name, blob, bytes, images, classes, skipped, skipped_count)
     VALUES ($1, $2, $3, 1, 0, '[]', '[]', 0)`,
    [dataset.id, dataset.name, blob],
  );
});

afterAll(async () => {
  await dataSource?.destroy();
  await administrator.query(`DROP DATABASE ${databaseName}`);
  await administrator.end();
});

const insert = () =>
  jobs.insert<FineTuneShape>(fineTuneJob, {
    name: 'shapes',
    request: {
      architecture: 'efficientnetv2_b0',
      parent: null,
      dataset,
      recipe: recipeSchema.parse({ epochs: 3 }),
    },
  });

const claim = (job: Job, token: string, staleAfterMs = 15_000) =>
  jobs.change(job.id, (definition, found, now) =>
    claimJob(definition, found, { claim: token, worker: randomUUID(), staleAfterMs }, now),
  );

describe('claims', () => {
  it('only one of several workers that claim a job at once gets it', async () => {
    const job = await insert();
    const tokens = Array.from({ length: 8 }, () => randomUUID());
    await Promise.all(tokens.map((token) => claim(job, token)));
    const now = await jobs.find(job.id);
    expect(now).toMatchObject({ state: 'running', attempts: 1 });
    expect(tokens).toContain(now.claim);
  });

  it('jobs that wait without a message or run without a heartbeat are found', async () => {
    const waiting = await insert();
    const silent = await insert();
    await claim(silent, randomUUID());
    const alive = await insert();
    await claim(alive, randomUUID());
    const beat = (id: string, when: string) =>
      dataSource.query(`UPDATE jobs SET heartbeat_at = now() + $2::interval WHERE id = $1`, [
        id,
        when,
      ]);
    await beat(silent.id, '-1 minute');
    await beat(alive.id, '1 minute');
    const ids = async (repeatAfterMs: number) =>
      (await sweep.takeForgotten({ staleAfterMs: 1, repeatAfterMs })).map(({ id }) => id);
    const now = await ids(0);
    expect(now).toEqual(expect.arrayContaining([waiting.id, silent.id]));
    expect(now).not.toContain(alive.id);
    expect(await ids(30_000)).not.toContain(waiting.id);
  });

  it('a job whose heartbeat stopped only because the database was down is left alone', async () => {
    const job = await insert();
    await claim(job, randomUUID());
    await dataSource.query(
      `UPDATE jobs SET heartbeat_at = pg_postmaster_start_time() - interval '1 hour' WHERE id = $1`,
      [job.id],
    );
    const [{ up }] = await dataSource.query(
      `SELECT 1000 * extract(epoch FROM clock_timestamp() - pg_postmaster_start_time()) AS up`,
    );
    const found = await sweep.takeForgotten({
      staleAfterMs: Number(up) + 60_000,
      repeatAfterMs: 0,
    });
    expect(found.map(({ id }) => id)).not.toContain(job.id);
  });

  it('the dataset of an unfinished job cannot be deleted', async () => {
    await expect(
      dataSource.query(`DELETE FROM datasets WHERE id = $1`, [dataset.id]),
    ).rejects.toThrow(/violates foreign key/);
    const job = await insert();
    await jobs.change(job.id, requestCancel);
    const needs = await dataSource.query(`SELECT FROM job_needs WHERE job_id = $1`, [job.id]);
    expect(needs).toEqual([]);
  });
});

it('changing a job does not wait for a lock on its checkpoint', async () => {
  const job = await insert();
  const token = randomUUID();
  await claim(job, token);
  const checkpoint = { blob: 'ab'.repeat(32), epoch: 1, step: 5 };
  await jobs.change<FineTuneShape>(job.id, (_, found) =>
    recordCheckpoint(found, token, checkpoint),
  );
  const collector = dataSource.createQueryRunner();
  await collector.startTransaction();
  await collector.query(`SELECT FROM blobs WHERE sha256 = $1 FOR UPDATE`, [checkpoint.blob]);
  const event = { type: 'started', engine: 'wasm', steps: 5, epochs: 1, head: null } as const;
  const counts = { trainImages: 1, validationImages: 1 };
  const { after } = (await jobs.change<FineTuneShape>(job.id, (_, found) =>
    recordTraining(found, token, { ...event, ...counts }),
  ))!;
  expect(after.status.engine).toBe('wasm');
  await collector.rollbackTransaction();
  await collector.release();
}, 10_000);

it('the process refuses to start if a stored job has an unknown type, and names it', async () => {
  const { id } = await insert();
  await jobs.onModuleInit();
  const rename = (type: string) =>
    dataSource.query(`UPDATE jobs SET type = $2 WHERE id = $1`, [id, type]);
  await rename('divination');
  await expect(jobs.onModuleInit()).rejects.toThrow(`Job ${id} has the type "divination"`);
  await rename('fine-tune');
});

describe('a deletion', () => {
  it('removes an ended job with its events, but no unfinished one', async () => {
    const job = await insert();
    await expect(jobs.delete(job.id)).rejects.toMatchObject({ code: 'JOB_UNFINISHED' });
    await jobs.change(job.id, requestCancel);
    expect(await sweep.findEnded(1)).not.toContain(job.id);
    await dataSource.query(
      `UPDATE jobs SET finished_at = finished_at - interval '25 hours' WHERE id = $1`,
      [job.id],
    );
    expect(await sweep.findEnded(1)).toEqual([job.id]);
    await jobs.delete(job.id);
    await expect(jobs.delete(job.id)).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' });
    expect(await log.read(job.id, 0, 10)).toEqual([]);
  });
});

describe('events', () => {
  it('are replayed from a number on, then followed live, and end with the job', async () => {
    const notifications = new JobNotifications(url.href);
    const source = { jobs, log, notifications };
    const job = await insert();
    const token = randomUUID();
    const seen: JobEvent[] = [];
    const follow = async (into: JobEvent[], after: number) => {
      for await (const event of followEvents(source, job.id, after, new AbortController().signal)) {
        if (event !== 'idle') into.push(event);
      }
    };
    const following = follow(seen, 0);
    await expect.poll(() => seen.length).toBe(1);
    await claim(job, token);
    await Promise.all(
      [1, 2, 3, 4].map((step) =>
        jobs.change<FineTuneShape>(job.id, (_, current) =>
          recordTraining(current, token, stepEvent(step)),
        ),
      ),
    );
    await expect.poll(() => seen.length, { timeout: 2000 }).toBe(6);
    await dataSource.query(`UPDATE jobs SET heartbeat_at = 'epoch' WHERE id = $1`, [job.id]);
    await jobs.change(job.id, requestCancel);
    await claim(job, randomUUID());
    await following;
    expect(seen.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(seen.at(-1)!.data).toMatchObject({ type: 'state', state: 'cancelled' });
    const again: JobEvent[] = [];
    await follow(again, 5);
    expect(again.map(({ seq }) => seq)).toEqual([6, 7]);
    expect(notifications.subscribers).toBe(0);
    await notifications.close();
  });

  it('keep all epochs and states, but only a few hundred of thousands of steps', async () => {
    const job = await insert();
    const token = randomUUID();
    await claim(job, token);
    // As if it had run for an hour; the next event thins.
    await dataSource.query(
      `INSERT INTO job_events SELECT $1, n, CASE n % 500 WHEN 0 THEN 'epoch' ELSE 'step' END, '{}', now()
       FROM generate_series(3, 3998) n`,
      [job.id],
    );
    await dataSource.query(`UPDATE jobs SET last_seq = 3998 WHERE id = $1`, [job.id]);
    const told = (step: number) =>
      jobs.change<FineTuneShape>(job.id, (_, current) =>
        recordTraining(current, token, stepEvent(step)),
      );
    const kept = async () => {
      const rows = await log.read(job.id, 0, 10_000);
      return rows.map(({ seq }) => seq);
    };
    await told(1);
    expect(await kept()).toHaveLength(3999);
    await told(2);
    const once = await kept();
    expect(once.length).toBeLessThan(220);
    expect(once).toEqual(expect.arrayContaining([1, 2, 500, 1000, 3500, 4000]));
    const gaps = once.map((seq, index) => seq - (once[index - 1] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(32);
    await jobs.change(job.id, (definition, current, now) =>
      stopJob(definition, current, token, now),
    );
    expect((await kept()).at(-1)).toBe(4001);
  });

  it('release a reader that disconnects', async () => {
    const notifications = new JobNotifications(url.href);
    const job = await insert();
    const leaving = new AbortController();
    const seen: unknown[] = [];
    const following = (async () => {
      const events = followEvents({ jobs, log, notifications }, job.id, 0, leaving.signal);
      for await (const event of events) seen.push(event);
    })();
    await expect.poll(() => seen.length).toBe(1);
    expect(notifications.subscribers).toBe(1);
    leaving.abort();
    await following;
    expect(notifications.subscribers).toBe(0);
    await notifications.close();
  });
});

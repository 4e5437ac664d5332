import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recipeSchema } from '@coatrack/training';
import type { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { Blobs } from '../platform/blobs/blobs';
import { FileBlobStore } from '../platform/blobs/file-blob-store';
import { entities } from '../entities';
import { createDataSource } from '../platform/database/data-source';
import { Database } from '../platform/database/database';
import { PostgresProxy } from '../platform/database/postgres-proxy.fixture';
import { openTestDatabase, type TestDatabase } from '../platform/database/test-database.fixture';
import { jobDefinitions } from '../job-definitions';
import { fineTuneJob } from '../training/fine-tune.job';
import {
  type FineTuneJob,
  type FineTuneShape,
  recordCheckpoint,
  recordTraining,
} from '../training/training-progress';
import { stepEvent } from '../training/step-event.fixture';
import { claimJob, ClaimLostError } from './job';
import { type DefinitionOf, JobDefinitions } from './job-definition';
import { JobEventLog } from './job-event-log';
import { JobRepository, Once } from './job-repository';
import { JobRun } from './job-run';

const dataset = { id: randomUUID(), name: 'shapes' };
let database: TestDatabase;
let proxy: PostgresProxy;
let proxied: DataSource;
let folder: string;
let blobs: FileBlobStore;
/** Connects through the proxy. */
let jobs: JobRepository;
/** Connects without the proxy. */
let direct: JobRepository;
let log: JobEventLog;

beforeAll(async () => {
  database = await openTestDatabase('migrated');
  proxy = await PostgresProxy.open(database.url);
  proxied = await createDataSource(proxy.url, entities).initialize();
  folder = await mkdtemp(join(tmpdir(), 'coatrack-runs-'));
  blobs = new FileBlobStore(folder);
  await blobs.prepare();
  const definitions = new JobDefinitions(jobDefinitions);
  const repository = (by: Database) =>
    new JobRepository(by, new Blobs(by, blobs), definitions, new JobEventLog(by, definitions));
  jobs = repository(new Database(proxied));
  const near = new Database(database.dataSource);
  direct = repository(near);
  log = new JobEventLog(near, definitions);
  const blob = 'ab'.repeat(32);
  await database.dataSource.query(`INSERT INTO blobs VALUES ($1, 1)`, [blob]);
  await database.dataSource.query(
    `INSERT INTO datasets (id, name, blob, bytes, images, classes, skipped, skipped_count)
     VALUES ($1, $2, $3, 1, 0, '[]', '[]', 0)`,
    [dataset.id, dataset.name, blob],
  );
});

afterEach(() => proxy.comeBack());

afterAll(async () => {
  await proxied?.destroy();
  await proxy?.close();
  await database?.drop();
  await rm(folder, { recursive: true, force: true });
});

const claiming =
  (claim: string) => (definition: DefinitionOf<FineTuneShape>, found: FineTuneJob, now: Date) =>
    claimJob(definition, found, { claim, worker: randomUUID(), staleAfterMs: 15_000 }, now);

async function startRun(): Promise<JobRun<FineTuneShape>> {
  const recipe = recipeSchema.parse({ epochs: 3 });
  const { id } = await direct.insert<FineTuneShape>(fineTuneJob, {
    name: 'shapes',
    request: { architecture: 'efficientnetv2_b0', parent: null, dataset, recipe },
  });
  const claim = randomUUID();
  const { after } = await jobs.change<FineTuneShape>(id, claiming(claim));
  return new JobRun(after, claim, { jobs, blobs });
}

const step = (number: number) => (job: FineTuneJob) =>
  recordTraining(job, job.claim!, stepEvent(number));

const epoch = (number: number) => (job: FineTuneJob) =>
  recordTraining(job, job.claim!, {
    type: 'epoch',
    epoch: number,
    step: 5 * number,
    trainLoss: 1,
    trainTop1: 1,
    top1: 1,
    validationLoss: 1,
    top5: 1,
    imagesPerSecond: 1,
    etaSeconds: 1,
    progress: 0.1,
  });

async function checkpoint(run: JobRun<FineTuneShape>, text: string): Promise<string> {
  const staged = await blobs.stage([Buffer.from(text)] as never);
  const { sha256: blob } = staged;
  const kept = { blob, epoch: 1, step: 5 };
  await run.keepCheckpoint(staged, (job) => recordCheckpoint(job, run.claim, kept));
  return blob;
}

const told = async ({ job }: { job: FineTuneJob }) =>
  (await log.read(job.id, 0, 100)).map(({ seq, data }) => {
    const { type, step: number, epoch: of, state } = data as unknown as Record<string, unknown>;
    return [seq, type, state ?? (type === 'epoch' ? of : number)];
  });
const held = async ({ job }: { job: FineTuneJob }) =>
  ((await direct.find(job.id)) as FineTuneJob).status.checkpoint?.blob;
const stored = async () => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
};
const result = { model: 'shapes', version: 1 };

it('a run continues while the database is away, and later writes the newest step and every epoch', async () => {
  const run = await startRun();
  proxy.goAway();
  await run.record(step(1), 'step');
  await run.record(step(2), 'step');
  await run.record(epoch(1));
  const superseded = await checkpoint(run, 'first');
  await run.record(step(6), 'step');
  await run.record(epoch(2));
  const newest = await checkpoint(run, 'second');
  expect(await told(run)).toHaveLength(2);
  proxy.comeBack();
  await run.finish(async () => ({ result }));
  expect((await told(run)).slice(2)).toEqual([
    [3, 'step', 1],
    [4, 'epoch', 1],
    [5, 'step', 6],
    [6, 'epoch', 2],
    [7, 'state', 'succeeded'],
  ]);
  expect(await stored()).not.toContain(superseded);
  expect(await stored()).not.toContain(newest);
});

it('a change that is retried because the answer to its COMMIT was lost happens once', async () => {
  const run = await startRun();
  const first = await checkpoint(run, 'before');
  const lose = async (work: () => Promise<unknown>) => {
    const lost = proxy.loseNextAnswer();
    await Promise.all([work(), lost]);
  };
  await lose(() => run.record(epoch(1)));
  await lose(() => checkpoint(run, 'after'));
  expect(await held(run)).toBe((await stored())[0]);
  expect(await stored()).not.toContain(first);
  let made = 0;
  const make = async () => {
    made++;
    return { result };
  };
  await lose(() => run.finish(make));
  expect(made).toBe(1);
  expect((await told(run)).slice(2)).toEqual([
    [3, 'epoch', 1],
    [4, 'state', 'succeeded'],
  ]);
  expect(await stored()).toEqual([]);
});

it('a claim whose COMMIT got no answer is held', async () => {
  const run = await startRun();
  await database.dataSource.query(`UPDATE jobs SET heartbeat_at = 'epoch' WHERE id = $1`, [
    run.job.id,
  ]);
  const claim = randomUUID();
  const once = new Once<FineTuneShape>();
  const lost = proxy.loseNextAnswer();
  const claimOnce = () => jobs.change<FineTuneShape>(run.job.id, claiming(claim), once);
  await expect(claimOnce()).rejects.toThrow('The database is away');
  await lost;
  expect((await claimOnce()).after).toMatchObject({ claim, attempts: 2 });
});

it('a run stops if another worker has taken over the job meanwhile', async () => {
  const run = await startRun();
  proxy.goAway();
  await run.record(epoch(1));
  await database.dataSource.query(`UPDATE jobs SET heartbeat_at = 'epoch' WHERE id = $1`, [
    run.job.id,
  ]);
  await direct.change<FineTuneShape>(run.job.id, claiming(randomUUID()));
  const kept = await checkpoint(run, 'mine');
  proxy.comeBack();
  await expect(run.finish(async () => ({ result }))).rejects.toThrow(ClaimLostError);
  await run.close();
  expect(await stored()).not.toContain(kept);
  expect(await held(run)).toBeUndefined();
});

it('a run that is stopped drops its unwritten changes', async () => {
  const run = await startRun();
  proxy.goAway();
  await checkpoint(run, 'unwritten');
  run.stop(new Error('the worker shuts down'));
  await run.close();
  expect(await stored()).toEqual([]);
  await expect(run.record(step(1))).rejects.toThrow('the worker shuts down');
});

import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dataOf, type JobEvent, finishedJob, readEvents } from './jobs-events';
import { createHouse, type RunningApi, startApi, startWorker, type TestHouse } from './support/api';
import { classFolders } from './support/images';
import type { RunningProcess } from './support/process';

interface Job {
  id: string;
  state: string;
  attempts: number;
  history: { epoch: number }[];
  error: { code: string; message: string } | null;
}

let house: TestHouse;
let api: RunningApi;
let worker: RunningProcess;
let database: Client;

beforeAll(async () => {
  house = await createHouse();
  const environment = { ...house.environment, COATRACK_ENGINE: 'wasm' };
  api = await startApi(environment);
  worker = await startWorker(environment);
  const file = await classFolders({ red: 8, green: 8, blue: 8 });
  await api.client.upload('/datasets', { name: 'colours', file });
  database = new Client({ connectionString: house.database.url });
  await database.connect();
});

afterAll(async () => {
  await database?.end();
  await worker?.stop();
  await api?.stop();
  await house?.remove();
});

const epochs = 4;

async function startFineTune(name: string): Promise<string> {
  const recipe = { imageSize: 32, batchSize: 6, epochs };
  const { status, body } = await api.client.post<Job>('/jobs', {
    type: 'fine-tune',
    architecture: 'efficientnetv2_b0',
    dataset: 'colours',
    name,
    recipe,
  });
  expect(status, JSON.stringify(body)).toBe(202);
  return body.id;
}

/** Ends every other connection that a condition holds for. @returns how many */
async function terminate(condition: string): Promise<number> {
  const { rowCount } = await database.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND ${condition}`,
  );
  return rowCount!;
}

function expectUndisturbed(job: Job, events: JobEvent[]): void {
  expect(job, worker.output()).toMatchObject({ state: 'succeeded', attempts: 1, error: null });
  const all = Array.from({ length: epochs }, (_, index) => index + 1);
  expect(job.history.map(({ epoch }) => epoch)).toEqual(all);
  const told = dataOf(events, 'epoch').map(({ epoch }) => epoch);
  expect(told).toEqual(all);
}

it('a fine-tune survives a lost connection while it stores a checkpoint', async () => {
  const id = await startFineTune('locked');
  const locker = new Client({ connectionString: house.database.url, application_name: 'locker' });
  await locker.connect();
  await locker.query('BEGIN');
  await locker.query('LOCK TABLE blobs');
  const waiting = `wait_event_type = 'Lock' AND query LIKE 'INSERT INTO blobs%'`;
  await expect.poll(() => terminate(waiting), { interval: 50, timeout: 30_000 }).toBe(1);
  await locker.end();
  const { job, events } = await finishedJob<Job>(api.client, id);
  expectUndisturbed(job, events);
});

it('a fine-tune survives repeatedly lost connections', async () => {
  const id = await startFineTune('shaken');
  await readEvents(api.client, id, {
    until: ({ data }) => data.type === 'state' && data.state === 'running',
  });
  let left = 6;
  while (left > 0) {
    left -= await terminate(`application_name = 'coatrack' AND xact_start IS NOT NULL`);
    const [row] = (await database.query('SELECT state FROM jobs WHERE id = $1', [id])).rows;
    if (row.state !== 'running') break;
  }
  const { job, events } = await finishedJob<Job>(api.client, id);
  expectUndisturbed(job, events);
});

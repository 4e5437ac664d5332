import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { finishedJob } from './jobs-events';
import { createHouse, type RunningApi, startApi, startWorker, type TestHouse } from './support/api';
import type { Problem } from './support/client';
import { classFolders, solidImage } from './support/images';
import { uploadPets } from './support/pets';
import { predict } from './support/predict';
import type { RunningProcess } from './support/process';

interface Row {
  trainLoss: number;
  validationLoss: number;
  top1: number;
}

interface Job {
  id: string;
  state: string;
  head: string | null;
  epochs: number;
  error: { code: string; message: string } | null;
  metrics: { loss: number; top1: number; top5: number };
  history: Row[];
  result: { model: string; version: number; loss: number; top1: number };
}

let house: TestHouse;
let api: RunningApi;
let worker: RunningProcess;

const ask = (request: object) => api.client.post<Job & Problem>('/jobs', request);

async function finished(request: object) {
  const { status, body } = await ask(request);
  expect([status, body.message]).toEqual([202, undefined]);
  return finishedJob<Job>(api.client, body.id);
}

const probe = (recipe: object, name = 'colours') => ({
  type: 'fine-tune',
  model: 'pets',
  dataset: 'colours',
  name,
  recipe: { imageSize: 32, batchSize: 5, ...recipe },
});

const cached = async () => {
  const folder = join(house.dataFolder, 'cache', 'features');
  const names = await readdir(folder);
  return Promise.all(
    names.map(async (name) => ({ name, made: (await stat(join(folder, name))).ctimeMs })),
  );
};

beforeAll(async () => {
  house = await createHouse();
  const environment = { ...house.environment, COATRACK_ENGINE: 'wasm' };
  api = await startApi(environment);
  worker = await startWorker(environment);
  await uploadPets(api.client, { labels: ['cat', 'dog', 'fox'], imageSize: 32, seeds: [1] });
  const file = await classFolders({ red: 10, green: 10, blue: 10 });
  await api.client.upload('/datasets', { name: 'colours', file });
}, 60_000);

afterAll(async () => {
  await worker?.stop();
  await api?.stop();
  await house?.remove();
});

it('a linear probe creates a version that serves what was measured', async () => {
  const { job, events } = await finished(probe({ method: 'linear-probe', epochs: 7 }));
  expect([job.state, job.error]).toEqual(['succeeded', null]);
  expect([job.head, job.epochs, job.history.length]).toEqual(['probe', 1, 1]);
  expect(job.history[0]!.validationLoss).toBeCloseTo(job.metrics.loss, 6);
  expect(job.metrics.top1).toBe(1);
  // Calibrated: sure of what it gets right, not only right.
  expect(job.metrics.loss).toBeLessThan(0.5);
  expect(events.filter(({ event }) => event === 'features').at(-1)!.data).toMatchObject({
    total: 30,
  });
  const evaluation = { type: 'evaluate', model: 'colours', dataset: 'colours', split: 'held-out' };
  const { job: evaluated } = await finished(evaluation);
  expect(evaluated.result.loss).toBeCloseTo(job.metrics.loss, 3);
  const { body } = await predict(api.client, 'colours/predict', await solidImage(180, 20, 20));
  expect(body.results[0]!.predictions[0]!.label).toBe('red');
}, 120_000);

it('features are computed once per network and images', async () => {
  const before = await cached();
  expect(before).toHaveLength(1);
  const first = await api.client.get<Job>('/models/colours/versions/1');
  const again = await finished(probe({ method: 'linear-probe' }, 'again'));
  expect(again.job.metrics).toEqual((first.body as unknown as Job).metrics);
  const other = await finished(probe({ method: 'linear-probe', seed: 5 }, 'again'));
  expect(other.job.state).toBe('succeeded');
  expect((await cached()).map(({ name }) => name)).toEqual(before.map(({ name }) => name));
}, 60_000);

it('a training can start from the head of a probe', async () => {
  const recipe = { headStart: 'probe', epochs: 1, learningRate: 1e-6, trainable: 'head' };
  const { job } = await finished(probe(recipe, 'started'));
  expect([job.state, job.error, job.head]).toEqual(['succeeded', null, 'probe']);
  const random = await finished(probe({ ...recipe, headStart: 'inherited' }, 'started'));
  expect(random.job.head).toBe('new');
  expect(job.metrics.loss).toBeLessThan(random.job.metrics.loss);
  expect(job.metrics.top1).toBe(1);
}, 60_000);

it('a probe of fresh weights is refused', async () => {
  const { status, body } = await ask({
    type: 'fine-tune',
    architecture: 'efficientnetv2_b0',
    dataset: 'colours',
    name: 'none',
    recipe: { method: 'linear-probe', imageSize: 32 },
  });
  expect([status, body.code]).toEqual([422, 'INVALID_REQUEST']);
  expect(body.problems!.map(({ where }) => where)).toEqual(['recipe.method']);
});

it('an image that can no longer be read is reported', async () => {
  const file = await classFolders({ red: 4, green: 4 });
  await api.client.upload('/datasets', { name: 'damaged', file });
  const [{ blob }] = (await house.database.query<{ blob: string }>(
    "SELECT blob FROM datasets WHERE name = 'damaged'",
  )) as [{ blob: string }];
  const bytes = await open(join(house.dataFolder, 'blobs', blob.slice(0, 2), blob), 'r+');
  await bytes.write(Buffer.alloc(16), 0, 16, 0);
  await bytes.close();
  const request = { ...probe({ method: 'linear-probe' }, 'damaged'), dataset: 'damaged' };
  const { job } = await finished(request);
  expect(job.state).toBe('failed');
  expect(job.error!.code).toBe('IMAGE_UNREADABLE');
  expect(job.error!.message).toMatch(/^Image \d+ can't be read: /);
}, 60_000);

import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { finishedJob } from './jobs-events';
import { createHouse, type RunningApi, startApi, startWorker, type TestHouse } from './support/api';
import type { Page, Problem } from './support/client';
import { classFolders, solidImage } from './support/images';
import type { RunningProcess } from './support/process';
import { zip } from './support/zip';

interface Figures {
  loss: number;
  top1: number;
  top5: number;
  images: number;
  skipped: number;
  seconds: number;
}

interface Result extends Figures {
  classes: { label: string; images: number; correct: number; recall: number; precision: number }[];
  confusion: { actual: number; predicted: number; count: number }[];
}

interface Job {
  id: string;
  state: string;
  split: string;
  error: { code: string; message: string } | null;
  result: Result | null;
}

const counts = { red: 8, green: 8, blue: 8 };
let house: TestHouse;
let api: RunningApi;
let worker: RunningProcess | undefined;
let environment: Record<string, string>;
let dataset: { id: string; blob: string };

const ask = (request: object) =>
  api.client.post<Job & Problem>('/jobs', { type: 'evaluate', ...request });

async function evaluated(request: object): Promise<Job & { result: Result }> {
  const { status, body } = await ask(request);
  expect([status, body.message]).toEqual([202, undefined]);
  const { job } = await finishedJob<Job>(api.client, body.id);
  expect([job.state, job.error]).toEqual(['succeeded', null]);
  return job as Job & { result: Result };
}

beforeAll(async () => {
  house = await createHouse();
  environment = { ...house.environment, COATRACK_ENGINE: 'wasm', COATRACK_JOB_STALE_SECONDS: '2' };
  api = await startApi(environment);
  worker = await startWorker(environment);
  const file = await classFolders(counts);
  await api.client.upload('/datasets', { name: 'colours', file });
  [dataset] = (await house.database.query<{ id: string; blob: string }>(
    'SELECT id, blob FROM datasets',
  )) as [typeof dataset];
  const recipe = { imageSize: 32, batchSize: 4, epochs: 2 };
  const architecture = 'efficientnetv2_b0';
  const tune = { type: 'fine-tune', architecture, dataset: 'colours', name: 'colours', recipe };
  const { body } = await api.client.post<Job>('/jobs', tune);
  await finishedJob(api.client, body.id);
}, 120_000);

afterAll(async () => {
  await worker?.stop();
  await api?.stop();
  await house?.remove();
});

it('an evaluation of held-out images gives the metrics of the training', async () => {
  const { result, split } = await evaluated({ model: 'colours', dataset: 'colours' });
  const { body: version } = await api.client.get<{
    metrics: Pick<Figures, 'loss' | 'top1' | 'top5'>;
  }>('/models/colours/versions/1');
  expect(split).toBe('held-out');
  expect(result.loss).toBeCloseTo(version.metrics.loss, 4);
  expect([result.top1, result.top5]).toEqual([version.metrics.top1, version.metrics.top5]);
  const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
  expect(sum(result.confusion.map(({ count }) => count))).toBe(result.images);
  expect(sum(result.classes.map(({ images }) => images))).toBe(result.images);
  expect(sum(result.classes.map(({ correct }) => correct)) / result.images).toBe(result.top1);
  for (const { images, correct, recall } of result.classes) expect(recall).toBe(correct / images);
});

it('an evaluation of the exported ONNX file gives the same result', async () => {
  const asked = { type: 'export', model: 'colours', format: 'onnx' };
  const { body: exporting } = await api.client.post<Job>('/jobs', asked);
  const { job } = await finishedJob<{ result: { artifact: string } }>(api.client, exporting.id);
  const { body: file } = await api.client.get<Buffer>(
    `/models/colours/versions/1/artifacts/${job.result.artifact}`,
  );
  const config = '{}';
  const made = await api.client.upload('/models/graph/versions', { config, weights: file });
  expect(made.status).toBe(201);
  const request = { dataset: 'colours', split: 'all', batchSize: 5 };
  const weights = await evaluated({ model: 'colours:1', ...request });
  const graph = await evaluated({ model: 'graph', ...request });
  expect(weights.result.images).toBe(24);
  expect(graph.result.loss).toBeCloseTo(weights.result.loss, 3);
  expect(graph.result.confusion).toEqual(weights.result.confusion);
}, 120_000);

it("the dataset's test split is the default, and lists omit the rows", async () => {
  const file = zip({
    'colours/train/red/1.png': await solidImage(200, 0, 0),
    'colours/train/blue/2.png': await solidImage(0, 0, 200),
    'colours/train/blue/3.png': await solidImage(0, 0, 210),
    'colours/valid/red/4.png': await solidImage(210, 0, 0),
    'colours/test/red/5.png': await solidImage(220, 0, 0),
    'colours/test/blue/6.png': await solidImage(0, 0, 220),
  });
  const made = await api.client.upload('/datasets', { name: 'split', file });
  expect([made.status, made.body.message]).toEqual([201, undefined]);
  const tested = await evaluated({ model: 'colours', dataset: 'split' });
  expect([tested.split, tested.result.images]).toEqual(['test', 2]);
  const trained = await evaluated({ model: 'colours', dataset: 'split', split: 'train' });
  expect(trained.result.images).toBe(3);
  const { body } = await api.client.get<Page<Job>>('/jobs?type=evaluate&limit=1');
  const { loss, top1, top5, images, skipped, seconds } = trained.result;
  expect(body.items[0]!.result).toEqual({ loss, top1, top5, images, skipped, seconds });
});

it('every problem of an evaluation request is reported', async () => {
  const file = await classFolders({ red: 2, violet: 2, ochre: 2 });
  await api.client.upload('/datasets', { name: 'others', file });
  const { status, body } = await ask({ model: 'colours', dataset: 'others', split: 'valid' });
  expect([status, body.code]).toEqual([422, 'INVALID_REQUEST']);
  expect(body.problems).toEqual([
    {
      where: 'dataset',
      message: 'has classes that are not among the version\'s labels: "ochre", "violet"',
    },
    { where: 'split', message: 'must be one that the dataset has: it has no images in valid' },
  ]);
  const unknown = await ask({ model: 'colours:9', dataset: 'gone', batchSize: 0 });
  expect(unknown.body.problems!.map(({ where }) => where).sort()).toEqual([
    'batchSize',
    'dataset',
    'model',
  ]);
});

it('an evaluation protects its dataset and version until it ends, and can be cancelled', async () => {
  await worker!.stop();
  worker = undefined;
  const { body: job } = await ask({ model: 'colours', dataset: 'colours' });
  const codes = async () => [
    (await api.client.delete(`/datasets/${dataset.id}`)).body.code,
    (await api.client.delete('/models/colours/versions/1')).body.code,
  ];
  expect(await codes()).toEqual(['DATASET_IN_USE', 'VERSION_IN_USE']);
  const cancelled = await api.client.post<Job>(`/jobs/${job.id}/cancel`);
  expect(cancelled.body.state).toBe('cancelled');
  const needs = await house.database.query('SELECT FROM job_needs');
  expect(needs).toEqual([]);
  worker = await startWorker(environment);
});

it('images that can no longer be read are skipped', async () => {
  const blob = await open(
    join(house.dataFolder, 'blobs', dataset.blob.slice(0, 2), dataset.blob),
    'r+',
  );
  await blob.write(Buffer.alloc(16), 0, 16, 0);
  await blob.close();
  const { result } = await evaluated({ model: 'colours', dataset: 'colours', split: 'all' });
  expect([result.images, result.skipped]).toEqual([23, 1]);
});

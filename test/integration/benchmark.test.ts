import { availableParallelism } from 'node:os';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { finishedJob, readEvents } from './jobs-events';
import { createHouse, type RunningApi, startApi, startWorker, type TestHouse } from './support/api';
import type { Page } from './support/client';
import { classFolders } from './support/images';
import type { RunningProcess } from './support/process';
import { safetensors, tensorsOf } from './support/weights';

interface Job {
  id: string;
  name: string;
  state: string;
  result: { measured: number; failures: { version: number; reason: string }[] } | null;
  error: { code: string; message: string } | null;
}

interface Comparison {
  model: string;
  version: number;
  architecture: string;
  imageSize: number;
  dataset: string | null;
  accuracy: { paper?: number; measured?: number };
  parameters: number;
  macs: number;
  trainingSeconds: number | null;
  measurements: {
    job: string;
    executor: string;
    imageSize: number;
    batchSize: number;
    instances: number;
    latency: { mean: number; p50: number; p95: number; p99: number };
    throughput: number;
    runs: number;
    memoryBytes: number;
    hardware: { processor: string; cores: number; memoryBytes: number };
  }[];
}

let house: TestHouse;
let api: RunningApi;
let worker: RunningProcess | undefined;
let environment: Record<string, string>;

beforeAll(async () => {
  house = await createHouse();
  environment = { ...house.environment, COATRACK_ENGINE: 'wasm', COATRACK_JOB_STALE_SECONDS: '2' };
  api = await startApi(environment);
  const file = await classFolders({ red: 4, green: 4 });
  await api.client.upload('/datasets', { name: 'colours', file });
  const labels = Array.from({ length: 1000 }, (_, index) => `class ${index}`);
  const normalize = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };
  const resize = { imageSize: 64, cropPercent: 1, interpolation: 'bicubic' };
  const config = JSON.stringify({
    architecture: 'efficientnetv2_b0',
    labels,
    preprocessing: { ...resize, ...normalize },
    accuracy: { paper: 0.787 },
  });
  const weights = safetensors(tensorsOf('efficientnetv2_b0', 1000));
  for (let version = 0; version < 2; version++) {
    const { status, body } = await api.client.upload('/models/b0/versions', { config, weights });
    expect(status, JSON.stringify(body)).toBe(201);
  }
  await api.client.put('/models/b0/aliases/production', { version: 1 });
});

afterAll(async () => {
  await worker?.stop();
  await api?.stop();
  await house?.remove();
});

async function create(request: object): Promise<Job> {
  const { status, body } = await api.client.post<Job>('/jobs', request);
  expect(status, JSON.stringify(body)).toBe(202);
  return body;
}

const finished = (id: string) => finishedJob<Job>(api.client, id);

const compare = async (query = '') =>
  (await api.client.get<Page<Comparison>>(`/compare${query}`)).body.items;

it('every problem of a benchmark request is reported', async () => {
  const request = { type: 'benchmark', models: ['b0', 'b0:2', 'b0:9', '?'], imageSizes: [64, 7] };
  const { status, body } = await api.client.post('/jobs', request);
  expect(status).toBe(422);
  expect(body.problems!.map(({ where }) => where)).toEqual([
    'models.0',
    'models.1',
    'models.1',
    'models.2',
    'models.3',
  ]);
  expect(body.message).toMatch(/b0:2, which is already in the list/);
  expect(body.message).toMatch(/image size/);

  const shape = await api.client.post('/jobs', {
    type: 'benchmark',
    models: [],
    batchSizes: [0, 1000, 8, 8],
    secondsPerSetting: 1e9,
  });
  expect(shape.body.problems!.map(({ where }) => where)).toEqual(
    expect.arrayContaining(['models', 'batchSizes.0', 'batchSizes.1', 'secondsPerSetting']),
  );

  const nobody = await api.client.get('/compare?versions=b0:1,b0@nobody,,x');
  expect(nobody.status).toBe(422);
  expect(nobody.body.problems!.map(({ where }) => where)).toEqual([
    'versions.1',
    'versions.2',
    'versions.3',
  ]);
});

it('a benchmark measures versions in every setting and skips a deleted one', async () => {
  const { id, name } = await create({
    type: 'benchmark',
    models: ['b0@production', 'b0:2'],
    batchSizes: [2, 1],
    imageSizes: [32, 64],
    secondsPerSetting: 0.2,
  });
  expect(name).toBe('2 versions');
  expect((await api.client.delete('/models/b0/versions/2')).status).toBe(204);
  worker = await startWorker(environment);
  const { job, events } = await finished(id);
  expect(job.state, JSON.stringify(job.error)).toBe('succeeded');
  expect(job.result!.measured).toBe(4);
  expect(job.result!.failures.map(({ version }) => version)).toEqual([2, 2]);
  expect(job.result!.failures[0]!.reason).toMatch(/does not have a version 2/);
  const progress = events.filter(({ event }) => event === 'progress').map(({ data }) => data);
  expect(progress[0]).toMatchObject({ phase: 'Measuring b0:1 at 32 px', total: 8 });

  const [found, ...others] = await compare();
  expect(others).toEqual([]);
  expect(found).toMatchObject({
    model: 'b0',
    version: 1,
    architecture: 'efficientnetv2_b0',
    imageSize: 64,
    dataset: null,
    accuracy: { paper: 0.787 },
    trainingSeconds: null,
    parameters: 7_139_704,
  });
  expect(found!.macs).toBeGreaterThan(5e7);
  const settings = found!.measurements.map(({ imageSize, batchSize }) => [imageSize, batchSize]);
  expect(settings).toEqual([
    [32, 1],
    [32, 2],
    [64, 1],
    [64, 2],
  ]);
  for (const { latency, throughput, runs, batchSize, ...rest } of found!.measurements) {
    expect(rest.executor).toMatch(/^ONNX Runtime \d/);
    expect(runs).toBeGreaterThanOrEqual(5);
    expect(latency.p50).toBeGreaterThan(0);
    expect(latency.p95).toBeGreaterThanOrEqual(latency.p50);
    expect(latency.p99).toBeGreaterThanOrEqual(latency.p95);
    expect(rest.instances).toBe(batchSize === 1 ? 1 : Math.min(4, availableParallelism()));
    // One batch at a time in each instance: what happens between two of them can only lower it.
    expect(throughput).toBeLessThanOrEqual((1000 * batchSize * rest.instances) / latency.mean);
    expect(rest.memoryBytes).toBeGreaterThan(4 * 7_139_704);
    expect(rest.hardware.cores).toBe(availableParallelism());
    expect(rest.hardware.processor).not.toBe('');
  }
});

it('the comparison shows the newest measurement of each setting with accuracy and training time', async () => {
  const asked = { type: 'fine-tune', architecture: 'efficientnetv2_b0', dataset: 'colours' };
  const recipe = { imageSize: 32, batchSize: 4, epochs: 1 };
  const training = await create({ ...asked, name: 'colours', recipe });
  await finished(training.id);
  const benchmark = { type: 'benchmark', batchSizes: [1], secondsPerSetting: 0.1 };
  await finished((await create({ ...benchmark, models: ['colours'] })).id);
  const last = await create({ ...benchmark, models: ['colours'] });
  expect(last.name).toBe('colours');
  await finished(last.id);

  const [colours, b0] = await compare('?versions=colours:1,b0@production,colours');
  expect(b0).toMatchObject({ model: 'b0', version: 1 });
  expect(colours!.measurements).toMatchObject([{ job: last.id, imageSize: 32, batchSize: 1 }]);
  expect(colours!.dataset).toBe('colours');
  expect(colours!.accuracy.measured).toBeGreaterThanOrEqual(0);
  expect(colours!.trainingSeconds).toBeGreaterThan(0);
});

it('a setting that does not fit in memory is not measured, and the error says what fits', async () => {
  const { id } = await create({
    type: 'benchmark',
    models: ['b0:1'],
    batchSizes: [256],
    imageSizes: [4096],
  });
  worker ??= await startWorker(environment);
  const { job } = await finished(id);
  expect(job.error).toMatchObject({
    code: 'NOT_ENOUGH_MEMORY',
    message: expect.stringMatching(/^b0:1: A batch of 256 images of 4096 px needs about .* GiB/),
  });
});

it('a cancelled benchmark stops at once and leaves no measurements', async () => {
  const { id } = await create({
    type: 'benchmark',
    models: ['b0'],
    batchSizes: [1, 64],
    secondsPerSetting: 100,
  });
  await readEvents(api.client, id, { until: ({ event }) => event === 'progress' });
  const before = await compare();
  await api.client.post(`/jobs/${id}/cancel`);
  expect((await finished(id)).job.state).toBe('cancelled');
  expect(await compare()).toEqual(before);
});

it("a version's measurements are deleted with it", async () => {
  await api.client.delete('/models/b0');
  expect((await compare()).map(({ model }) => model)).toEqual(['colours']);
});

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openSafetensors } from '@coatrack/models';
import { preprocess } from '@coatrack/images';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataOf, finishedJob, type JobEvent, readEvents } from './jobs-events';
import { createHouse, type RunningApi, startApi, startWorker, type TestHouse } from './support/api';
import type { Page } from './support/client';
import { classFolders, solidImage } from './support/images';
import { predict } from './support/predict';
import type { RunningProcess } from './support/process';
import { safetensors, tensorsOf } from './support/weights';

interface Artifact {
  id: string;
  job: string;
  format: string;
  precision: string;
  fileName: string;
  bytes: number;
  sha256: string;
  verification: {
    runtime: string;
    images: number;
    imagesFrom: string;
    maxDifference: number;
    tolerance: number;
  };
}

interface Job {
  id: string;
  state: string;
  result: { model: string; version: number; artifact: string } | null;
  error: { code: string; message: string } | null;
}

interface Version {
  labels: string[];
  preprocessing: Parameters<typeof preprocess>[1];
}

const architecture = 'efficientnetv2_b0';
const imageSize = 64;
let house: TestHouse;
let api: RunningApi;
let worker: RunningProcess;
let environment: Record<string, string>;

beforeAll(async () => {
  house = await createHouse();
  environment = {
    ...house.environment,
    COATRACK_ENGINE: 'wasm',
    COATRACK_JOB_STALE_SECONDS: '2',
  };
  api = await startApi(environment);
  worker = await startWorker(environment);
  const file = await classFolders({ red: 4, green: 4 });
  await api.client.upload('/datasets', { name: 'colours', file });
  const recipe = { imageSize, batchSize: 4, epochs: 1 };
  const asked = { type: 'fine-tune', architecture, dataset: 'colours', name: 'colours', recipe };
  const { body: job } = await api.client.post<Job>('/jobs', asked);
  await readEvents(api.client, job.id);
}, 60_000);

afterAll(async () => {
  await worker?.stop();
  await api?.stop();
  await house?.remove();
});

async function start(request: object): Promise<Job> {
  const { status, body } = await api.client.post<Job>('/jobs', { type: 'export', ...request });
  expect(status, JSON.stringify(body)).toBe(202);
  return body;
}

async function exported(request: object): Promise<{ events: JobEvent[]; artifact: Artifact }> {
  const { id } = await start(request);
  const { job, events } = await finishedJob<Job>(api.client, id);
  expect(job.state, JSON.stringify(job.error)).toBe('succeeded');
  const { model, version, artifact } = job.result!;
  const { body: list } = await api.client.get<Page<Artifact>>(
    `/models/${model}/versions/${version}/artifacts`,
  );
  return { events, artifact: list.items.find(({ id: other }) => other === artifact)! };
}

const download = (id: string, headers = {}) =>
  api.client.get<Buffer>(`/models/colours/versions/1/artifacts/${id}`, headers);

describe('an export', () => {
  it('to ONNX is verified on images of the dataset and computes the same as the served version', async () => {
    const { events, artifact } = await exported({ model: 'colours', format: 'onnx' });
    expect(artifact).toMatchObject({
      format: 'onnx',
      precision: 'fp32',
      fileName: 'colours-1.onnx',
      verification: { images: 4, imagesFrom: 'dataset' },
    });
    const { runtime, maxDifference, tolerance } = artifact.verification;
    expect(runtime).toMatch(/^ONNX Runtime \d+\.\d+/);
    expect(maxDifference).toBeLessThanOrEqual(tolerance);
    expect(maxDifference).toBeGreaterThan(0);
    const progress = dataOf(events, 'progress');
    expect(progress[0]).toMatchObject({ phase: 'Writing', unit: 'tensors' });
    expect(progress.some(({ phase }) => phase === 'Verifying')).toBe(true);

    const { body: file, headers } = await download(artifact.id);
    expect(headers.get('Content-Disposition')).toBe('attachment; filename=colours-1.onnx');
    expect(file.length).toBe(artifact.bytes);
    const path = join(house.dataFolder, 'downloaded.onnx');
    await writeFile(path, file);
    const { body: version } = await api.client.get<Version>('/models/colours/versions/1');
    const png = await solidImage(210, 20, 30, 40);
    const pixels = await preprocess(png, version.preprocessing, { layout: 'NCHW' });
    const session = await InferenceSession.create(path);
    const images = new Tensor('float32', pixels, [1, 3, imageSize, imageSize]);
    const { logits } = await session.run({ images });
    await session.release();
    const powers = Array.from(logits.data as Float32Array, Math.exp);
    const sum = powers.reduce((total, power) => total + power, 0);
    const answer = await predict(api.client, 'colours/predict', png);
    for (const { label, probability } of answer.body.results[0]!.predictions) {
      expect(powers[version.labels.indexOf(label)]! / sum).toBeCloseTo(probability, 4);
    }
  });

  it.each([
    ['onnx', 'fp16', 'colours-1-fp16.onnx', /^ONNX Runtime/],
    ['tfjs', 'fp32', 'colours-1-tfjs.zip', /^TensorFlow\.js/],
    ['tfjs', 'fp16', 'colours-1-fp16-tfjs.zip', /^TensorFlow\.js/],
    ['safetensors', 'fp32', 'colours-1.safetensors', /^TensorFlow\.js/],
  ])('to %s, %s, is verified too', async (format, precision, fileName, runtime) => {
    const { artifact } = await exported({ model: 'colours:1', format, precision });
    expect(artifact.fileName).toBe(fileName);
    const { verification } = artifact;
    expect(verification.runtime).toMatch(runtime);
    expect(verification.maxDifference).toBeLessThanOrEqual(verification.tolerance);
    // Not single precision under another name.
    if (precision === 'fp16') expect(verification.maxDifference).toBeGreaterThan(1e-6);
  });

  it('to safetensors has the same weights with all metadata', async () => {
    const { artifact } = await exported({ model: 'colours:1', format: 'safetensors' });
    const { body: ours } = await api.client.get<Buffer>('/models/colours/versions/1/weights');
    const { body: theirs } = await download(artifact.id);
    const opened = await Promise.all(
      [ours, theirs].map(async (bytes, index) => {
        const path = join(house.dataFolder, `weights-${index}`);
        await writeFile(path, bytes);
        return openSafetensors(path);
      }),
    );
    const [source, copy] = opened as [(typeof opened)[0], (typeof opened)[0]];
    expect([...copy.tensors.keys()]).toEqual([...source.tensors.keys()]);
    for (const name of source.tensors.keys()) {
      const [there, here] = await Promise.all([copy.read(name), source.read(name)]);
      expect(Buffer.from(there.buffer).equals(Buffer.from(here.buffer)), name).toBe(true);
    }
    expect(copy.metadata).toMatchObject({ architecture, labels: '["green","red"]' });
    for (const file of opened) await file.close();
  });

  it('whose worker dies is repeated by the next one, with one artifact', async () => {
    const { id } = await start({ model: 'colours', format: 'onnx' });
    await readEvents(api.client, id, { until: ({ event }) => event === 'progress' });
    await worker.stop('SIGKILL');
    expect((await api.client.get<Job>(`/jobs/${id}`)).body.state).toBe('running');
    const made = () => house.database.query('SELECT id FROM artifacts WHERE job = $1', [id]);
    expect(await made()).toEqual([]);
    worker = await startWorker(environment);
    const events = await readEvents(api.client, id);
    const states = dataOf(events, 'state').map(({ state }) => state);
    expect(states).toEqual(['queued', 'running', 'queued', 'running', 'succeeded']);
    expect(await made()).toHaveLength(1);
    // What the killed worker had half written went at the start of the next.
    const blobs = await house.database.query('SELECT sha256 FROM blobs');
    expect((await house.storedFiles()).length).toBe(blobs.length);
  }, 60_000);
});

describe('artifacts', () => {
  it('support byte ranges, are found only by id, and are deleted individually', async () => {
    const { artifact } = await exported({ model: 'colours', format: 'onnx', precision: 'fp16' });
    const part = await download(artifact.id, { Range: 'bytes=2-5' });
    expect([part.status, part.body.length]).toEqual([206, 4]);
    expect(part.headers.get('ETag')).toBe(`"${artifact.sha256}"`);
    const code = async (path: string) =>
      (await api.client.get(`/models/colours/versions/1/artifacts/${path}`)).body.code;
    expect(await code('7')).toBe('ARTIFACT_NOT_FOUND');
    expect(await code('00000000-0000-4000-8000-000000000000')).toBe('ARTIFACT_NOT_FOUND');
    expect((await api.client.get('/models/colours/versions/9/artifacts')).body.code).toBe(
      'VERSION_NOT_FOUND',
    );
    const path = `/models/colours/versions/1/artifacts/${artifact.id}`;
    expect((await api.client.delete(path)).status).toBe(204);
    expect((await api.client.delete(path)).body.code).toBe('ARTIFACT_NOT_FOUND');
  });

  it('protect their version while they are created, and are deleted with it', async () => {
    const weights = safetensors(tensorsOf(architecture, 2), 0.01);
    const config = JSON.stringify({ architecture, labels: ['a', 'b'] });
    await api.client.upload('/models/brief/versions', { weights, config });
    const { artifact } = await exported({ model: 'brief', format: 'onnx' });
    expect(artifact.verification.imagesFrom).toBe('seeded noise');
    await worker.stop();
    const { id } = await start({ model: 'brief', format: 'tfjs' });
    const path = '/models/brief/versions/1';
    expect((await api.client.delete(path)).body.code).toBe('VERSION_IN_USE');
    expect((await api.client.delete('/models/brief')).body.code).toBe('MODEL_IN_USE');
    await api.client.post(`/jobs/${id}/cancel`);
    expect(await house.storedFiles()).toContain(artifact.sha256);
    expect((await api.client.delete(path)).status).toBe(204);
    expect(await house.storedFiles()).not.toContain(artifact.sha256);
    worker = await startWorker(environment);
  });
});

describe('a request for an export', () => {
  it.each([
    ['a model that is not there', { model: 'nobody', format: 'onnx' }, 'model'],
    ['a version that is not there', { model: 'colours:9', format: 'onnx' }, 'model'],
    ['a reference that is a path', { model: '../colours', format: 'onnx' }, 'model'],
    ['no model', { format: 'onnx' }, 'model'],
    ['an unknown format', { model: 'colours', format: 'exe' }, 'format'],
    ['an unknown precision', { model: 'colours', format: 'onnx', precision: 'int8' }, 'precision'],
    [
      'half-precision safetensors',
      { model: 'colours', format: 'safetensors', precision: 'fp16' },
      'precision',
    ],
    ['a field of its own', { model: 'colours', format: 'onnx', path: '/etc/passwd' }, 'request'],
  ])('is refused for %s', async (_, request, where) => {
    const { status, body } = await api.client.post('/jobs', { type: 'export', ...request });
    expect(status).toBe(422);
    expect(body.problems).toMatchObject([{ where }]);
  });
});

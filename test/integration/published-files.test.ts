import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
// A stand-in for tests alone: no library that could be imported by name has it.
// eslint-disable-next-line @nx/enforce-module-boundaries
import { HubServer, sha256Of } from '@coatrack/api/src/registry/publishers/hub-server.fixture';
import { findCheckpoint, publishedLabels, writeSafetensors } from '@coatrack/models';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pythonWith, runPython } from '../formats/b0';
import { torchFile } from '../formats/torch-file.mjs';
import { fill, filledImage } from '../parity/fill';
import { forwardReference } from '../parity/reference';
import { finishedJob } from './jobs-events';
import { createHouse, type RunningApi, startApi, startWorker, type TestHouse } from './support/api';
import type { Problem } from './support/client';
import { predict, type Prediction } from './support/predict';
import type { RunningProcess } from './support/process';

/** Debian: python3-h5py. */
const python = pythonWith('h5py', 'numpy');
const architecture = 'tf_efficientnetv2_b0';
const side = 96;
const preprocessing = {
  imageSize: side,
  cropPercent: 1,
  cropMode: 'center',
  interpolation: 'bicubic',
  mean: [0.5, 0.5, 0.5],
  std: [0.5, 0.5, 0.5],
};
const shards = ['index', 'data-00000-of-00002', 'data-00001-of-00002'];
const checkpoint = shards.map((part) => `model.ckpt-7.${part}`);

interface Version extends Problem {
  sha256: string;
  labels: string[];
  format: string;
}

interface Job {
  id: string;
  error: unknown;
  result: { model: string; version: number; artifact: string } | null;
}

type Answer = Prediction['results'][0]['predictions'];

/** The same weights as users and publishers have them. */
describe.skipIf(!python)('EfficientNetV2-B0 in every format', () => {
  let folder: string;
  let hub: HubServer;
  let house: TestHouse;
  let api: RunningApi;
  let worker: RunningProcess;
  let png: Buffer;
  /** By its safetensors file. */
  let expected: Answer;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'coatrack-published-'));
    await writeFiles();
    hub = await HubServer.start();
    house = await createHouse();
    const environment = {
      ...house.environment,
      COATRACK_ENGINE: 'wasm',
      HF_ENDPOINT: hub.endpoint,
      COATRACK_CHECKPOINT_MIRROR: hub.mirror,
    };
    api = await startApi(environment);
    worker = await startWorker(environment);
    const noise = Uint8Array.from(filledImage('input', side), (value) => 127.5 * (value + 1));
    const raw = { width: side, height: side, channels: 3 } as const;
    png = await sharp(noise, { raw }).png().toBuffer();
    expect((await upload('safetensors', ['model.safetensors'])).status).toBe(201);
    expected = await answerOf('safetensors');
  });

  afterAll(async () => {
    await worker?.stop();
    await api?.stop();
    await hub?.stop();
    await house?.remove();
    await rm(folder, { recursive: true });
  });

  async function writeFiles(): Promise<void> {
    const formats = join(__dirname, '../formats');
    runPython(python!, join(formats, 'keras/write_keras.py'), folder);
    runPython(python!, join(formats, 'tensorflow/write_checkpoint.py'), folder);
    const tensors = forwardReference(architecture).state.map(([name, shape]) => {
      const values = fill(name, shape);
      const counter = name.endsWith('num_batches_tracked');
      return { name, shape, values: counter ? BigInt64Array.of(0n) : values };
    });
    await writeFile(join(folder, 'model.pth'), torchFile(tensors));
    const written = tensors.map(({ name, shape, values }) => {
      const dtype = values instanceof BigInt64Array ? 'I64' : 'F32';
      return { name, shape, dtype, data: async () => values } as const;
    });
    await writeSafetensors(join(folder, 'model.safetensors'), written);
  }

  async function upload(model: string, names: readonly string[], config: object = {}) {
    const weights = await Promise.all(
      names.map(async (name) => {
        const bytes = await readFile(join(folder, name));
        return new File([new Uint8Array(bytes)], name);
      }),
    );
    const told = JSON.stringify({ architecture, preprocessing, ...config });
    return api.client.upload<Version>(`/models/${model}/versions`, { weights, config: told });
  }

  /** All classes, by name. */
  async function answerOf(model: string): Promise<Answer> {
    const { status, body } = await predict(api.client, `${model}/predict?topK=1000`, png);
    expect(status, JSON.stringify(body)).toBe(200);
    const { predictions } = body.results[0]!;
    return predictions.sort((a, b) => (a.label < b.label ? -1 : 1));
  }

  /** SHA-256 of version 1's tensors without the header, whose description differs by where the weights come from. */
  async function tensorsHash(model: string): Promise<string> {
    const { body } = await api.client.get<Buffer>(`/models/${model}/versions/1/weights`);
    return sha256Of(body.subarray(8 + Number(body.readBigUInt64LE())));
  }

  function expectSame(actual: Answer, tolerance: number): void {
    expect(actual.map(({ label }) => label)).toEqual(expected.map(({ label }) => label));
    // Of logits: probabilities of a thousand classes are small.
    const apart = actual.map(({ probability }, index) =>
      Math.abs(Math.log(probability / expected[index]!.probability)),
    );
    expect(Math.max(...apart)).toBeLessThanOrEqual(tolerance);
  }

  async function finished(path: string, request: object): Promise<NonNullable<Job['result']>> {
    const { status, body } = await api.client.post<Job>(path, request);
    expect(status, JSON.stringify(body)).toBe(202);
    const { job } = await finishedJob<Job>(api.client, body.id);
    expect(job.error).toBeNull();
    return job.result!;
  }

  it('distinguishes images, so that equal answers mean equal weights', () => {
    const sorted = expected.map(({ probability }) => probability).sort((a, b) => b - a);
    expect(expected).toHaveLength(1000);
    expect(sorted[0]! / sorted[999]!).toBeGreaterThan(2);
  });

  it.each([
    ['torch', ['model.pth']],
    ['keras', ['weights.h5']],
    ['keras-model', ['model.h5']],
    ['automl-keras', ['automl.h5']],
    ['keras-cv', ['keras_cv.h5']],
    ['tensorflow', checkpoint],
    ['tensorflow-backwards', checkpoint.toReversed()],
    ['tensorflow-archive', ['checkpoint.tgz']],
  ])('gives the same answers uploaded as %s', async (model, names) => {
    const { status, body } = await upload(model, names);
    expect([status, body.format]).toEqual([201, 'safetensors']);
    expect(body.labels).toEqual(publishedLabels(1000));
    expectSame(await answerOf(model), 0);
  });

  it('accepts a file without a classifier only for new labels', async () => {
    const labels = ['daisy', 'rose'];
    const { body: kept } = await upload('notop', ['notop.h5'], { labels });
    expect([kept.code, kept.problems!.length]).toEqual(['INVALID_WEIGHTS', 2]);
    const { body: unnamed } = await upload('notop', ['notop.h5']);
    expect([unnamed.code, unnamed.message]).toEqual([
      'INVALID_LABELS',
      expect.stringContaining('no classifier; a new one needs labels and replaceHead'),
    ]);
    expect((await upload('notop', ['notop.h5'], { labels, replaceHead: true })).status).toBe(201);
    const answer = await answerOf('notop');
    expect(answer.map(({ label }) => label)).toEqual(labels);
    // A new classifier starts the same, whatever the file had in its place.
    await upload('replaced', ['weights.h5'], { labels, replaceHead: true });
    expect(await answerOf('replaced')).toEqual(answer);
  });

  it('reports what does not fit if another network is named', async () => {
    const { body } = await upload('wrong', ['model.pth'], { architecture: 'coatnet_nano_rw_224' });
    expect(body.code).toBe('INVALID_WEIGHTS');
    expect(body.problems).toHaveLength(20);
    expect(body.problems!.map(({ where }) => where)).toContain('stem.conv1.weight');
    expect(body.message).toMatch(/efficientnetv2_b0/);
  });

  it('gives the same answers imported from its publisher: the archive of google/automl', async () => {
    const name = 'efficientnetv2_b0.google_in1k';
    const { url } = findCheckpoint(name)!.checkpoint.location as { url: string };
    hub.plainFiles.set(new URL(url).pathname, await readFile(join(folder, 'checkpoint.tgz')));
    const result = await finished('/models/google/versions', { checkpoint: name });
    expect(result).toMatchObject({ model: 'google', version: 1 });
    expect(await tensorsHash('google')).toBe(await tensorsHash('tensorflow-archive'));
  });

  it('gives the same answers from a repository with only a .bin of PyTorch', async () => {
    const pretrained_cfg = {
      num_classes: 1000,
      input_size: [3, side, side],
      interpolation: 'bicubic',
      crop_pct: 1,
      mean: preprocessing.mean,
      std: preprocessing.std,
    };
    const files = {
      'config.json': Buffer.from(JSON.stringify({ architecture, pretrained_cfg })),
      'pytorch_model.bin': await readFile(join(folder, 'model.pth')),
    };
    hub.repositories.set('owner/bin', { head: { sha: 'b'.repeat(40), files } });
    await finished('/models/hub/versions', { hub: 'owner/bin' });
    expectSame(await answerOf('hub'), 0);
  });

  it.each(['safetensors', 'onnx'])(
    'gives the same answers after an export as %s and an upload',
    async (format) => {
      const { artifact } = await finished('/jobs', { type: 'export', model: 'keras', format });
      const path = `/models/keras/versions/1/artifacts/${artifact}`;
      const { body: file } = await api.client.get<Buffer>(path);
      await writeFile(join(folder, 'exported'), file);
      const config = format === 'onnx' ? { architecture: undefined, preprocessing: undefined } : {};
      const { status, body } = await upload(`again-${format}`, ['exported'], config);
      expect([status, body.format]).toEqual([201, format]);
      expectSame(await answerOf(`again-${format}`), format === 'onnx' ? 1e-4 : 0);
    },
  );
});

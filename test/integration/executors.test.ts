import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { availableEngines } from '@coatrack/kernels';
import { exportOnnx, findArchitecture, openSafetensors } from '@coatrack/models';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHouse, type RunningApi, startApi, type TestHouse } from './support/api';
import { predict } from './support/predict';
import { seededSafetensors, tensorsOf } from './support/weights';

const labels = ['cat', 'dog', 'fox'];
const architectures = ['efficientnetv2_b0', 'coatnet_0'];

const torch = (await availableEngines()).find(({ name }) => name === 'torch')!;

let house: TestHouse;
let onnxRuntime: RunningApi;
let tensorFlow: RunningApi;
let image: Buffer;

const preprocessingOf = (architecture: string) => ({
  ...findArchitecture(architecture).preprocessing,
  imageSize: 64,
});

beforeAll(async () => {
  house = await createHouse();
  const environment = { ...house.environment, COATRACK_ENGINE: 'wasm' };
  onnxRuntime = await startApi({ ...environment, COATRACK_INFERENCE_THREADS: '1' });
  tensorFlow = await startApi({ ...environment, COATRACK_EXECUTOR: 'tfjs' });
  const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
  const create = { width: 80, height: 60, channels: 3, background: 'black', noise } as const;
  image = await sharp({ create }).png().toBuffer();
  for (const architecture of architectures) {
    const { status, body } = await onnxRuntime.client.upload(`/models/${architecture}/versions`, {
      weights: seededSafetensors(tensorsOf(architecture, labels.length)),
      config: JSON.stringify({
        architecture,
        labels,
        preprocessing: preprocessingOf(architecture),
      }),
    });
    expect(status, JSON.stringify(body)).toBe(201);
  }
});

afterAll(async () => {
  await onnxRuntime?.stop();
  await tensorFlow?.stop();
  await house?.remove();
});

/** Loads an ONNX file as the API does, without it. */
async function load(path: string, providers: string[][]) {
  const { OnnxExecutor } = createRequire(__filename)(
    resolve('apps/api/dist/serving/engines/onnx-executor.js'),
  );
  const executor = new OnnxExecutor({
    graphs: { folder: join(house.dataFolder, 'none'), maxBytes: 1e9 },
    providers,
    instances: 1,
    threads: 1,
  });
  const architecture = 'efficientnetv2_b0';
  const preprocessing = preprocessingOf(architecture);
  const model = { format: 'onnx', architecture, classes: 3, parameters: 6e6, preprocessing, path };
  return executor.load(model, { maxBatch: 2 });
}

async function answerOf(api: RunningApi, model: string): Promise<Record<string, number>> {
  const { status, body } = await predict(api.client, `${model}/predict`, image);
  expect(status, JSON.stringify(body)).toBe(200);
  const [result] = body.results;
  return Object.fromEntries(
    result!.predictions.map(({ label, probability }) => [label, probability]),
  );
}

async function expectSame(model: string, other: string): Promise<void> {
  const [ours, theirs] = [await answerOf(onnxRuntime, model), await answerOf(tensorFlow, other)];
  for (const label of labels) expect(ours[label], label).toBeCloseTo(theirs[label]!, 5);
  // Not the same for want of anything that could differ.
  expect(Math.max(...Object.values(ours)) - Math.min(...Object.values(ours))).toBeGreaterThan(0.01);
}

/** A version's weights as an ONNX file. */
async function onnxOf(model: string): Promise<string> {
  const { body } = await onnxRuntime.client.get<Buffer>(`/models/${model}/versions/1/weights`);
  const [weights, path] = [join(house.dataFolder, 'w'), join(house.dataFolder, `${model}.onnx`)];
  await writeFile(weights, body);
  const file = await openSafetensors(weights);
  const preprocessing = preprocessingOf(model);
  const { imageSize } = preprocessing;
  await exportOnnx(findArchitecture(model), file, {
    classes: labels.length,
    imageSize,
    labels,
    preprocessing,
    precision: 'fp32',
    path,
  });
  await file.close();
  return path;
}

describe('ONNX Runtime', () => {
  it.each(architectures)('gives the same answers as TensorFlow.js: %s', async (architecture) => {
    await expectSame(architecture, architecture);
    expect(onnxRuntime.output()).toMatch(/is ready on ONNX Runtime/);
    expect(tensorFlow.output()).toMatch(/is ready on .*WebAssembly/);
  });

  it('caches exported graphs by their weights', async () => {
    const names = await readdir(join(house.dataFolder, 'cache', 'graphs'));
    expect(names).toHaveLength(architectures.length);
    const { body } = await onnxRuntime.client.get<{ sha256: string }>(
      '/models/coatnet_0/versions/1',
    );
    expect(names.some((name) => name.startsWith(body.sha256))).toBe(true);
  });

  it('serves ONNX files unchanged, whatever executor is configured', async () => {
    const path = await onnxOf('efficientnetv2_b0');
    const { status, body } = await onnxRuntime.client.upload<{ format: string }>(
      '/models/served/versions',
      { weights: await readFile(path), config: '{}' },
    );
    expect(status, JSON.stringify(body)).toBe(201);
    expect(body.format).toBe('onnx');
    await expectSame('served', 'efficientnetv2_b0');
    expect(await answerOf(tensorFlow, 'served')).toEqual(await answerOf(onnxRuntime, 'served'));
  });

  it.each([
    [{ type: 'export', format: 'safetensors' }, /already an ONNX file/],
    [{ type: 'fine-tune', dataset: 'none', name: 'next' }, /served but not trained/],
  ])('is the only use of an ONNX file: no %s', async (request, message) => {
    const answer = await onnxRuntime.client.post('/jobs', { model: 'served', ...request });
    expect(answer.status).toBe(422);
    expect(answer.body.problems).toContainEqual({
      where: 'model',
      message: expect.stringMatching(message),
    });
  });

  it.skipIf(existsSync('/dev/nvidia0'))(
    'computes on the processor where there is no GPU, unless a GPU was asked for',
    async () => {
      const path = join(house.dataFolder, 'efficientnetv2_b0.onnx');
      const loaded = await load(path, [['cuda', 'cpu'], ['cpu']]);
      expect(loaded.executor).toMatch(/^ONNX Runtime [\d.]+$/);
      await loaded.release();
      const failing = load(path, [['cuda', 'cpu']]);
      await expect(failing).rejects.toMatchObject({ code: 'INFERENCE_FAILED' });
      await expect(failing).rejects.toThrow(/cuda/i);
    },
  );

  it('reports a file that it cannot load without its path', async () => {
    const path = join(house.dataFolder, 'broken.onnx');
    const whole = await readFile(join(house.dataFolder, 'efficientnetv2_b0.onnx'));
    // The operator's name, not the container's form: what only the runtime can find wrong.
    await writeFile(
      path,
      Buffer.from(whole.toString('latin1').replaceAll('Conv', 'Cxnv'), 'latin1'),
    );
    const failing = load(path, [['cpu']]);
    await expect(failing).rejects.toMatchObject({ code: 'INFERENCE_FAILED' });
    await expect(failing).rejects.not.toThrow(house.dataFolder);
  });
});

describe.skipIf(!torch.available)('TensorFlow.js on libtorch', () => {
  it('runs several models, each in several threads, at once', async () => {
    const api = await startApi({
      ...house.environment,
      COATRACK_EXECUTOR: 'tfjs',
      COATRACK_ENGINE: 'torch',
      COATRACK_INFERENCE_INSTANCES: '2',
      COATRACK_THREADS: '1',
    });
    try {
      const asked = Array.from({ length: 60 }, (_, index) => architectures[index % 2]!);
      const answers = await Promise.all(asked.map((model) => answerOf(api, model)));
      expect(api.output()).toMatch(/is ready on libtorch/);
      for (const [index, answer] of answers.entries()) {
        const expected = await answerOf(onnxRuntime, asked[index]!);
        for (const label of labels) expect(answer[label], label).toBeCloseTo(expected[label]!, 4);
      }
      for (const model of architectures)
        await api.client.post(`//v2/repository/models/${model}/unload`);
      await answerOf(api, architectures[0]!);
    } finally {
      expect(await api.stop(), api.output()).toBe(0);
    }
  });
});

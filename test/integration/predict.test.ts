import { createRequire } from 'node:module';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { findArchitecture } from '@coatrack/models';
import sharp from 'sharp';
import { describe, expect } from 'vitest';
import { type RunningApi, startApi, type TestHouse } from './support/api';
import { it } from './support/fixture';
import type { Problem } from './support/client';
import { solidImage } from './support/images';
import { predict, type Prediction } from './support/predict';
import { safetensors, tensorsOf } from './support/weights';

const architecture = 'efficientnetv2_b0';
const maxImageBytes = 100_000;
const labels = ['cat', 'dog', 'fox'];
const preprocessing = { ...findArchitecture(architecture).preprocessing, imageSize: 32 };

/** Weights that are nothing but the head's bias: whatever the image, the logits are the bias. */
function weightsWithBias(bias: number[]): Buffer {
  const tensors = tensorsOf(architecture, bias.length);
  const others = tensors.filter(({ name }) => name !== 'classifier.bias');
  const file = safetensors([...others, { name: 'classifier.bias', shape: [bias.length] }]);
  bias.forEach((value, index) => {
    file.writeFloatLE(value, file.length - 4 * (bias.length - index));
  });
  return file;
}

interface Unknown {
  form?: Record<string, string | Uint8Array>;
  json?: object;
  query?: string;
}

const logs = (shares: number[]) => shares.map(Math.log);

let house: TestHouse;
let api: RunningApi;
let png: Buffer;

it.override('settings', {
  COATRACK_ENGINE: 'wasm',
  COATRACK_MAX_IMAGE_BYTES: String(maxImageBytes),
});

it.beforeAll(async ({ api: running, house: own }) => {
  api = running;
  house = own;
  png = await solidImage(10, 200, 10, 40);
  for (const shares of [
    [0.2, 0.7, 0.1],
    [0.1, 0.3, 0.6],
    [0.4, 0.5, 0.1],
  ]) {
    const { status, body } = await api.client.upload('/models/pets/versions', {
      weights: weightsWithBias(logs(shares)),
      config: JSON.stringify({ architecture, labels, preprocessing }),
    });
    expect(status, JSON.stringify(body)).toBe(201);
  }
  await api.client.put('/models/pets/aliases/best', { version: 1 });
});

function ask<T = Prediction>(
  path: string,
  body: Uint8Array = png,
  type = 'image/png',
  client = api.client,
) {
  return predict<T>(client, path, body, { 'Content-Type': type });
}

describe('predict', () => {
  it('loads the model once for many first requests and returns labels with probabilities', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => ask('pets/predict')));
    for (const { status, body } of answers) {
      expect(status, JSON.stringify(body)).toBe(200);
      expect(body).toMatchObject({ model: 'pets', version: 3 });
      const [{ predictions }] = body.results as [Prediction['results'][0]];
      expect(predictions.map(({ label }) => label)).toEqual(['dog', 'cat', 'fox']);
      const [dog, cat] = predictions;
      expect(dog!.probability).toBeCloseTo(0.5, 4);
      expect(cat!.probability).toBeCloseTo(0.4, 4);
      expect(body.timings.total).toBeGreaterThanOrEqual(body.timings.inference);
    }
  });

  it('accepts a form, a version, an alias and a number of labels', async () => {
    const form = await api.client.upload<Prediction>('/models/pets/predict', { image: png });
    expect(form.body).toMatchObject({
      version: 3,
      results: [{ predictions: [{ label: 'dog' }, {}, {}] }],
    });
    const second = await ask('pets/predict?version=2&topK=1');
    expect(second.body.results).toEqual([
      { predictions: [{ label: 'fox', probability: expect.any(Number) }] },
    ]);
    expect((await ask('pets/predict?alias=best')).body.version).toBe(1);
  });

  it('reads greyscale, transparent, CMYK and tiny images', async () => {
    const grey = await sharp(png).greyscale().png().toBuffer();
    const clear = await sharp(png).ensureAlpha(0.5).webp().toBuffer();
    const cmyk = await sharp(png).toColourspace('cmyk').jpeg().toBuffer();
    const tiny = await solidImage(1, 2, 3, 1);
    for (const bytes of [grey, clear, cmyk, tiny]) {
      expect((await ask('pets/predict', bytes)).status).toBe(200);
    }
  });

  it.each([
    [
      'something that is not an image',
      Buffer.from('hello, I am a text'),
      'image/png',
      'NOT_AN_IMAGE',
      422,
    ],
    ['nothing', Buffer.alloc(0), 'image/png', 'INVALID_REQUEST', 422],
    ['too much', Buffer.alloc(maxImageBytes + 1), 'image/png', 'TOO_LARGE', 413],
    ['another type', Buffer.from('{'), 'text/plain', 'UNSUPPORTED_MEDIA_TYPE', 415],
  ])('refuses %s', async (_, bytes, type, code, status) => {
    const answer = await ask<Problem>('pets/predict', bytes, type);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  it('refuses truncated images and forms without an image', async () => {
    const jpeg = await sharp(png).resize(400, 400).jpeg({ quality: 100 }).toBuffer();
    const half = await ask<Problem>('pets/predict', jpeg.subarray(0, jpeg.length / 2));
    expect(half.body.code).toBe('NOT_AN_IMAGE');
    const large = { image: Buffer.alloc(maxImageBytes + 1) };
    expect((await api.client.upload('/models/pets/predict', large)).status).toBe(413);
    const { body } = await api.client.upload('/models/pets/predict', { photo: png });
    expect(body.problems).toMatchObject([{ where: 'photo' }]);
    const none = await api.client.upload('/models/pets/predict', {});
    expect(none.body.problems).toMatchObject([{ where: 'image' }]);
    const text = await api.client.upload('/models/pets/predict', { image: png.toString('base64') });
    expect(text.body.problems).toEqual([
      { where: 'image', message: 'must be a file part of the form' },
    ]);
  });

  it.each([
    [
      'a form',
      () => ({ form: { topk: '3', image: png } }),
      'topk',
      'known is image; the query takes',
    ],
    [
      'a form after its image',
      () => ({ form: { image: png, treshold: '0.5' } }),
      'treshold',
      'known',
    ],
    ['JSON', () => ({ json: { images: [], topk: 3 } }), 'body', 'known is images'],
    ['the query', () => ({ query: '?topk=3', form: { image: png } }), 'request', 'topK, threshold'],
  ])('names an unknown field of %s, and the known ones', async (_, of, where, known) => {
    const { form, json, query = '' } = of() as Unknown;
    const path = `/models/pets/predict${query}`;
    const { status, body } = form
      ? await api.client.upload<Problem>(path, form)
      : await api.client.post<Problem>(path, json!);
    expect([status, body.code]).toEqual([422, 'INVALID_REQUEST']);
    const problem = body.problems!.find((each) => each.where === where)!;
    expect(problem.message).toMatch(/"(topk|treshold)" is unknown; known/);
    expect(problem.message).toContain(known);
  });

  it('answers 404 for unknown and deleted models, versions and aliases', async () => {
    const code = async (query: string) => (await ask<Problem>(query)).body.code;
    expect(await code('nobody/predict')).toBe('MODEL_NOT_FOUND');
    expect(await code('pets/predict?version=9')).toBe('VERSION_NOT_FOUND');
    expect(await code('pets/predict?alias=worst')).toBe('ALIAS_NOT_FOUND');
    expect(await code('pets/predict?alias=best&version=1')).toBe('INVALID_REQUEST');
    expect(await code('pets/predict?topK=0')).toBe('INVALID_REQUEST');
    await api.client.delete('/models/pets/versions/3');
    expect(await code('pets/predict?version=3')).toBe('VERSION_NOT_FOUND');
    expect((await ask('pets/predict')).body.version).toBe(2);
  });
});

describe('the inference thread', () => {
  it('reports every time why it cannot run, without affecting others', async () => {
    const lame = await startApi({
      ...house.environment,
      COATRACK_ENGINE: 'tensorflow',
      COATRACK_EXECUTOR: 'tfjs',
    });
    try {
      for (let time = 0; time < 2; time++) {
        const answer = await ask<Problem>('pets/predict', png, 'image/png', lame.client);
        expect(answer.status).toBe(500);
        expect(answer.body.code).toBe('INFERENCE_FAILED');
        expect(answer.body.message).toMatch(/tensorflow engine is not available/);
      }
      expect((await lame.client.get('/models')).status).toBe(200);
    } finally {
      await lame.stop();
    }
  });

  it('fails its requests with a reason when it dies', async () => {
    const path = join(house.dataFolder, 'direct.safetensors');
    await writeFile(path, weightsWithBias(logs([0.9, 0.1])));
    const { ThreadedNetwork } = createRequire(__filename)(
      resolve('apps/api/dist/serving/engines/threaded-network.js'),
    );
    const model = { format: 'safetensors', architecture, classes: 2, preprocessing, path };
    const thread = await ThreadedNetwork.load(
      resolve('apps/api/dist/serving/engines/tfjs.thread.js'),
      {
        model,
        engine: 'wasm',
        nativeOnly: false,
      },
    );
    const lost: string[] = [];
    thread.onLost((reason: string) => lost.push(reason));
    const images = () => new Float32Array(32 * 32 * 3);
    const { outputs } = await thread.run(images(), 1, { features: false });
    expect(outputs[0] - outputs[1]).toBeCloseTo(Math.log(9), 4);
    const interrupted = thread.run(images(), 1, { features: false });
    await Promise.all([
      expect(interrupted).rejects.toMatchObject({ code: 'INFERENCE_FAILED' }),
      thread.thread.terminate(),
    ]);
    expect(lost).toHaveLength(1);
    const after = thread.run(images(), 1, { features: false });
    await expect(after).rejects.toMatchObject({ code: 'INFERENCE_FAILED' });
    await thread.release();
  });
});

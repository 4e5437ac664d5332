import { findArchitecture } from '@coatrack/models';
import { preprocess } from '@coatrack/training';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHouse, type RunningApi, startApi, type TestHouse } from './support/api';
import { Client } from './support/client';
import { picture } from './support/pictures';
import { bytesElement, infer } from './support/v2';
import { seededSafetensors, tensorsOf } from './support/weights';

const architecture = 'efficientnetv2_b0';
const labels = ['cat', 'dog', 'red fox'];
const size = 32;
const preprocessing = { ...findArchitecture(architecture).preprocessing, imageSize: size };
const config = JSON.stringify({ architecture, labels, preprocessing });

let house: TestHouse;
let api: RunningApi;
/** Encoded pictures and, in the order of the labels, what predict says of them. */
let pictures: Buffer[];
let expected: number[][];

beforeAll(async () => {
  house = await createHouse();
  house.environment.COATRACK_EXECUTOR = 'onnxruntime';
  api = await startApi(house.environment);
  const weights = seededSafetensors(tensorsOf(architecture, labels.length));
  for (let version = 1; version <= 2; version++) {
    const answer = await api.client.upload('/models/pets/versions', { weights, config });
    expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  }
  await api.client.put('/models/pets/aliases/best', { version: 1 });
  pictures = [await picture(250, 20, 20), await picture(10, 30, 240), await picture(9, 9, 9)];
  expected = await Promise.all(pictures.map(predicted));
});

afterAll(async () => {
  await api?.stop();
  await house?.remove();
});

async function predicted(bytes: Buffer): Promise<number[]> {
  const { body } = await api.client.send<{
    results: { predictions: { label: string; probability: number }[] }[];
  }>('POST', '/models/pets/predict', {
    body: new Uint8Array(bytes),
    headers: { 'Content-Type': 'image/png' },
  });
  const [{ predictions }] = body.results as [(typeof body.results)[number]];
  return labels.map((label) => predictions.find((one) => one.label === label)!.probability);
}

/** All pictures as the network takes them. */
async function tensor(layout: 'NCHW' | 'NHWC'): Promise<Float32Array> {
  const all = await Promise.all(
    pictures.map((bytes) => preprocess(bytes, preprocessing, { layout })),
  );
  return Float32Array.from(all.flatMap((values) => [...values]));
}

const get = <T = { error: string }>(path: string) => api.client.get<T>(`//v2${path}`);
const post = <T = { error: string }>(path: string, body?: unknown) =>
  api.client.post<T>(`//v2${path}`, body);

const probabilities = (extra: object = {}) => [{ name: 'probabilities', ...extra }];
const base64 = () => pictures.map((bytes) => bytes.toString('base64'));
const encoded = (data: unknown[] = base64()) => ({
  ...{ name: 'pictures', shape: [data.length], datatype: 'BYTES' },
  data,
});

function expectRows(data: readonly unknown[] | undefined): void {
  expect(data).toHaveLength(expected.length * labels.length);
  expected.flat().forEach((value, index) => expect(data?.[index]).toBeCloseTo(value, 4));
}

describe('server and models', () => {
  it('is open to probes and to nobody else', async () => {
    const stranger = new Client(api.url);
    for (const path of ['live', 'ready']) {
      expect((await stranger.get(`//v2/health/${path}`)).status).toBe(200);
    }
    for (const path of ['', '/models/pets', '/models/stats', '/nowhere']) {
      const { status, body } = await stranger.get<{ error: string }>(`//v2${path}`);
      if (path !== '/nowhere') expect([path, status]).toEqual([path, 401]);
      expect(body).toEqual({ error: expect.any(String) });
    }
    expect((await get('')).body).toMatchObject({
      extensions: ['binary_tensor_data', 'classification', 'model_repository', 'statistics'],
    });
  });

  it('says what a model takes and gives, by name, version and alias', async () => {
    const { body } = await get<{ parameters: Record<string, string> }>('/models/pets');
    expect(body).toMatchObject({
      ...{ name: 'pets', versions: ['1', '2'], platform: 'coatrack_safetensors' },
      inputs: [
        { name: 'images', datatype: 'FP32', shape: [-1, 3, size, size] },
        { name: 'pictures', datatype: 'BYTES', shape: [-1] },
      ],
      outputs: [
        { name: 'logits', datatype: 'FP32', shape: [-1, 3] },
        { name: 'probabilities', datatype: 'FP32', shape: [-1, 3] },
      ],
      parameters: { version: '2', architecture },
    });
    expect(JSON.parse(body.parameters.labels!)).toEqual(labels);
    expect(JSON.parse(body.parameters.preprocessing!)).toEqual(preprocessing);
    for (const path of ['/models/pets@best', '/models/pets/versions/1', '/models/pets:1']) {
      expect((await get(path)).body).toMatchObject({ parameters: { version: '1' } });
    }
  });

  it.each([
    ['/models/nobody', 404],
    ['/models/%20', 404],
    ['/models/pets@worst', 404],
    ['/models/pets/versions/9', 404],
    ['/models/pets/versions/latest', 404],
    ['/models/pets@best/versions/1', 400],
  ])('answers %s with %i in the protocol’s form', async (path, status) => {
    for (const answer of [
      await get(path),
      await get(`${path}/ready`),
      await get(`${path}/stats`),
      await post(`${path}/infer`, { inputs: [encoded()] }),
    ]) {
      expect([path, answer.status]).toEqual([path, status]);
      expect(answer.body).toEqual({ error: expect.any(String) });
    }
  });
});

describe('inference', () => {
  it('takes encoded pictures in base64 and gives what predict gives', async () => {
    const { status, body } = await infer(api.client, 'pets', {
      id: 'a1',
      inputs: [encoded()],
    });
    expect(status, JSON.stringify(body)).toBe(200);
    expect(body).toMatchObject({ model_name: 'pets', model_version: '2', id: 'a1' });
    const [logits, shares] = body.outputs;
    expect([logits, shares]).toMatchObject([
      { name: 'logits', datatype: 'FP32', shape: [3, 3] },
      { name: 'probabilities', datatype: 'FP32', shape: [3, 3] },
    ]);
    expectRows(shares!.data);
    const powers = (logits!.data as number[]).map(Math.exp);
    const row = (index: number) => powers.slice(3 * index, 3 * index + 3);
    const sums = expected.map((_, index) => row(index).reduce((sum, power) => sum + power));
    expectRows(powers.map((power, index) => power / sums[Math.floor(index / 3)]!));
  });

  it('takes numbers in both orders of axes, flat and nested', async () => {
    const nchw = [...(await tensor('NCHW'))];
    const nhwc = [...(await tensor('NHWC'))];
    const nested = (values: number[], [length, ...inner]: number[]): unknown[] =>
      inner.length === 0
        ? values
        : Array.from({ length: length! }, (_, index) =>
            nested(
              values.slice(
                (index * values.length) / length!,
                ((index + 1) * values.length) / length!,
              ),
              inner,
            ),
          );
    for (const [shape, data] of [
      [[3, 3, size, size], nchw],
      [[3, size, size, 3], nhwc],
      [[3, size, size, 3], nested(nhwc, [3, size, size, 3])],
    ]) {
      const { body } = await infer(api.client, 'pets', {
        inputs: [{ name: 'images', datatype: 'FP32', shape, data }],
        outputs: probabilities(),
      });
      expectRows(body.outputs?.[0]?.data);
    }
  });

  it('takes and gives binary data, whatever its alignment', async () => {
    const values = await tensor('NCHW');
    const binary = Buffer.from(values.buffer);
    for (const id of ['', 'b', 'bc', 'bcd']) {
      const answer = await infer(
        api.client,
        'pets/versions/1',
        {
          id,
          parameters: { binary_data_output: true },
          inputs: [
            {
              ...{ name: 'images', datatype: 'FP32', shape: [3, 3, size, size] },
              parameters: { binary_data_size: binary.length },
            },
          ],
          outputs: [
            ...probabilities(),
            { name: 'logits', parameters: { binary_data: false, classification: 1 } },
          ],
        },
        [binary],
      );
      expect(answer.body).toMatchObject({
        ...{ id, model_version: '1' },
        outputs: [
          { shape: [3, 3], parameters: { binary_data_size: 36 } },
          { shape: [3, 1], datatype: 'BYTES' },
        ],
      });
      expect(answer.binary).toHaveLength(36);
      const shares = Array.from({ length: 9 }, (_, index) => answer.binary.readFloatLE(4 * index));
      expectRows(shares);
    }
  });

  it('takes half precision and encoded pictures as binary data', async () => {
    const shape = [3, 3, size, size];
    const half = Buffer.from(halves(await tensor('NCHW')).buffer);
    const elements = Buffer.concat(pictures.map(bytesElement));
    for (const [input, binary, digits] of [
      [{ name: 'images', datatype: 'FP16', shape }, half, 2],
      [{ name: 'pictures', datatype: 'BYTES', shape: [3] }, elements, 4],
    ] as const) {
      const parameters = { binary_data_size: binary.length };
      const request = { inputs: [{ ...input, parameters }], outputs: probabilities() };
      const { body } = await infer(api.client, 'pets', request, [binary]);
      const data = body.outputs?.[0]?.data ?? [];
      expected.flat().forEach((value, index) => expect(data[index]).toBeCloseTo(value, digits));
    }
  });

  it('classifies: the highest values with their labels', async () => {
    for (const binary_data of [false, true]) {
      const answer = await infer(api.client, 'pets@best', {
        inputs: [encoded(base64().slice(0, 1))],
        outputs: probabilities({ parameters: { classification: 2, binary_data } }),
      });
      const [output] = answer.body.outputs;
      expect(output).toMatchObject({ datatype: 'BYTES', shape: [1, 2] });
      const texts = binary_data ? elementsOf(answer.binary) : (output!.data as string[]);
      const order = [0, 1, 2].sort((a, b) => expected[0]![b]! - expected[0]![a]!).slice(0, 2);
      expect(texts.map((text) => text.split(':').slice(1))).toEqual(
        order.map((index) => [String(index), labels[index]]),
      );
      expect(Number(texts[0]!.split(':')[0])).toBeCloseTo(expected[0]![order[0]!]!, 4);
    }
  });

  it('puts pictures of both protocols into one batch', async () => {
    const own = await startApi({
      ...house.environment,
      ...{ COATRACK_MAX_BATCH: '4', COATRACK_BATCH_DELAY_MS: '10000' },
    });
    try {
      const predict = () =>
        own.client.send<{ batchSizes: number[] }>('POST', '/models/pets/predict', {
          body: new Uint8Array(pictures[0]!),
          headers: { 'Content-Type': 'image/png' },
        });
      const [first] = await Promise.all([
        predict(),
        infer(own.client, 'pets', { inputs: [encoded()] }),
      ]);
      expect(first.body.batchSizes).toEqual([4]);
      const { body } = await own.client.get('//v2/models/pets/stats');
      expect(body).toMatchObject({
        model_stats: [
          {
            ...{ name: 'pets', version: '2', inference_count: 4, execution_count: 1 },
            inference_stats: {
              success: { count: 2, ns: expect.any(Number) },
              fail: { count: 0, ns: 0 },
              compute_input: { count: 4 },
              compute_infer: { count: 1 },
            },
            batch_stats: [{ batch_size: 4, compute_infer: { count: 1 } }],
          },
        ],
      });
    } finally {
      await own.stop();
    }
  });
});

describe('repository', () => {
  const index = async (body?: object) =>
    (
      await post<{ name: string; version: string; state: string }[]>('/repository/index', body)
    ).body.map(({ name, version, state }) => `${name}:${version} ${state}`);
  const load = (name: string, what = 'load') => post(`/repository/models/${name}/${what}`);
  const ready = async (path: string) => (await get(`/models/${path}/ready`)).status;

  it('loads and unloads', async () => {
    expect((await load('pets', 'unload')).status).toBe(200);
    expect(await index()).toEqual(['pets:1 UNAVAILABLE', 'pets:2 UNAVAILABLE']);
    expect(await ready('pets')).toBe(400);
    expect((await load('pets@best')).body).toEqual({ name: 'pets@best', load: true });
    expect(await ready('pets/versions/1')).toBe(200);
    expect(await index({ ready: true })).toEqual(['pets:1 READY']);
    expect((await load('pets')).status).toBe(200);
    expect((await load('pets:1', 'unload')).status).toBe(200);
    expect(await index()).toEqual(['pets:1 UNAVAILABLE', 'pets:2 READY']);
    expect((await load('nobody')).status).toBe(404);
    expect((await load('nobody', 'unload')).status).toBe(404);
  });

  it('keeps count of what is unloaded', async () => {
    await infer(api.client, 'pets:1', { inputs: [encoded()] });
    const inferences = async () =>
      (
        await get<{ model_stats: { inference_count: number }[] }>('/models/pets/versions/1/stats')
      ).body.model_stats.map((one) => one.inference_count);
    const before = await inferences();
    await load('pets', 'unload');
    expect(await inferences()).toEqual(before);
    await infer(api.client, 'pets:1', { inputs: [encoded()] });
    expect(await inferences()).toEqual([before[0]! + 3]);
  });

  it.each([
    ['index', { ready: 'yes' }],
    ['models/pets/load', { parameters: { config: '{}' } }],
    ['models/pets/unload', []],
    ['index', 'x'.repeat(70_000)],
  ])('refuses %s with %j', async (path, body) => {
    const answer = await post(`/repository/${path}`, body);
    expect(answer.status).toBe(typeof body === 'string' ? 413 : 400);
    expect(answer.body).toEqual({ error: expect.any(String) });
  });
});

function elementsOf(binary: Buffer): string[] {
  const texts: string[] = [];
  for (let at = 0; at < binary.length;) {
    const end = at + 4 + binary.readUInt32LE(at);
    texts.push(binary.subarray(at + 4, end).toString());
    at = end;
  }
  return texts;
}

/** Single precision → half, cut off; for values whose exponent both have. */
function halves(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer);
  return Uint16Array.from(bits, (word) => {
    const exponent = ((word >>> 23) & 0xff) - 112;
    if (exponent <= 0) return 0;
    return ((word >>> 16) & 0x8000) | (exponent << 10) | ((word >>> 13) & 0x3ff);
  });
}

import { setTimeout as pause } from 'node:timers/promises';
import { findArchitecture } from '@coatrack/models';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHouse, type RunningApi, startApi, type TestHouse } from './support/api';
import type { Problem } from './support/client';
import { claimingSize, picture } from './support/pictures';
import { seededSafetensors, tensorsOf } from './support/weights';

interface Prediction {
  version: number;
  results: { predictions: { label: string; probability: number }[]; embedding?: number[] }[];
  batchSizes: number[];
  timings: Record<'decode' | 'queue' | 'inference' | 'total', number>;
}

interface Serving {
  state: string;
  loaded: {
    executor: string;
    bytes: number;
    maxBatch: number;
    times: { batch: number; ms: number }[];
    candidates: object[];
  } | null;
  batching: {
    executions: number;
    pictures: number;
    waiting: number;
    withdrawn: number;
    refused: number;
    batchSizes: Record<string, number>;
  } | null;
}

const architecture = 'efficientnetv2_b0';
const labels = ['cat', 'dog', 'fox'];
const preprocessing = { ...findArchitecture(architecture).preprocessing, imageSize: 64 };
const queuePictures = 12;

let house: TestHouse;
let api: RunningApi;
let environment: Record<string, string>;

beforeAll(async () => {
  house = await createHouse();
  environment = {
    ...house.environment,
    COATRACK_ENGINE: 'wasm',
    COATRACK_INFERENCE_THREADS: '1',
    COATRACK_MAX_BATCH: '4',
    COATRACK_QUEUE_PICTURES: String(queuePictures),
    COATRACK_MAX_PREDICT_PICTURES: '40',
    COATRACK_PRELOAD: 'pets:1, nobody',
  };
  api = await startApi(environment);
  for (let version = 1; version <= 2; version++) {
    const { status, body } = await api.client.upload('/models/pets/versions', {
      weights: seededSafetensors(tensorsOf(architecture, labels.length), version),
      config: JSON.stringify({ architecture, labels, preprocessing }),
    });
    expect(status, JSON.stringify(body)).toBe(201);
  }
  await api.client.put('/models/pets/aliases/best', { version: 1 });
});

afterAll(async () => {
  expect(await api?.stop()).toBe(0);
  await house?.remove();
});

type Body = { type: string; bytes: Uint8Array | string; headers?: Record<string, string> };

function predict<T = Prediction>(
  query: string,
  { type, bytes, headers }: Body,
  client = api.client,
) {
  return client.send<T>('POST', `/models/pets/predict${query}`, {
    body: typeof bytes === 'string' ? bytes : new Uint8Array(bytes),
    headers: { 'Content-Type': type, ...headers },
  });
}

const png = (bytes: Uint8Array, headers = {}): Body => ({ type: 'image/png', bytes, headers });
const json = (images: unknown): Body => ({
  type: 'application/json',
  bytes: JSON.stringify({ images }),
});

const serving = async (version = 1, client = api.client) =>
  (await client.get<Serving>(`/models/pets/versions/${version}/serving`)).body;

const colours = [
  [250, 10, 10],
  [10, 250, 10],
  [10, 10, 250],
  [240, 240, 10],
  [30, 200, 200],
  [5, 5, 5],
];
const pictures = () =>
  Promise.all(colours.map((colour) => picture(...(colour as [number, number, number]), 64)));

const probabilitiesOf = ({ predictions }: Prediction['results'][0]) =>
  labels.map((label) => predictions.find((each) => each.label === label)!.probability);

describe('several pictures', () => {
  it('are answered in their order, as each alone, by form and by JSON', async () => {
    const all = await pictures();
    const alone: number[][] = [];
    for (const bytes of all) {
      const { body } = await predict('?version=1', png(bytes));
      expect(body.batchSizes).toEqual([1]);
      alone.push(probabilitiesOf(body.results[0]!));
    }
    expect(new Set(alone.map((each) => each[1]!.toFixed(5))).size).toBe(all.length);
    const form = new FormData();
    for (const bytes of all) form.append('image', new Blob([new Uint8Array(bytes)]));
    const byForm = await api.client.send<Prediction>('POST', '/models/pets/predict?version=1', {
      body: form,
    });
    const byJson = await predict('?version=1', json(all.map((each) => each.toString('base64'))));
    for (const { status, body } of [byForm, byJson]) {
      expect(status, JSON.stringify(body)).toBe(200);
      body.results.map(probabilitiesOf).forEach((probabilities, index) => {
        probabilities.forEach((value, label) =>
          expect(value).toBeCloseTo(alone[index]![label]!, 5),
        );
      });
      expect(body.batchSizes).toEqual([4, 2]);
      expect(body.timings.total).toBeGreaterThanOrEqual(body.timings.inference);
    }
  });

  it('may be more than the queue holds, but not more than a request may bring', async () => {
    const image = (await picture(1, 2, 3)).toString('base64');
    const many = await predict('?version=1', json(Array(30).fill(image)));
    expect([many.status, many.body.results.length]).toEqual([200, 30]);
    const more = await predict<Problem>('?version=1', json(Array(41).fill(image)));
    expect(more.body.problems).toMatchObject([{ where: 'body.images' }]);
  });

  it('come in bodies larger than other JSON may be', async () => {
    const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
    const create = { width: 900, height: 900, channels: 3, background: 'black', noise } as const;
    const large = (await sharp({ create }).png().toBuffer()).toString('base64');
    expect(large.length).toBeGreaterThan(2 ** 20);
    expect((await predict('?version=1', json([large]))).status).toBe(200);
  });

  it.each([
    [{ type: 'application/json', bytes: '{' }, 400, 'INVALID_JSON', undefined],
    [json([]), 422, 'INVALID_REQUEST', 'body.images'],
    [json(['&&&&']), 422, 'INVALID_REQUEST', 'body.images.0'],
    [json(['']), 422, 'INVALID_REQUEST', 'image[0]'],
    [{ type: 'application/json', bytes: '[]' }, 422, 'INVALID_REQUEST', 'body'],
  ])('%j are refused', async (body, status, code, where) => {
    const answer = await predict<Problem>('', body);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(answer.body.problems?.[0]?.where).toBe(where);
  });

  it('are refused together when one is none, which is named', async () => {
    const [first, second] = (await pictures()).map((each) => each.toString('base64'));
    const text = Buffer.from('no picture!!').toString('base64');
    const answer = await predict<Problem>('?version=1', json([first, text, second]));
    expect([answer.status, answer.body.code]).toEqual([422, 'NOT_A_PICTURE']);
    expect(answer.body.problems).toMatchObject([{ where: 'image[1]' }]);
  });
});

describe('pictures of all kinds', () => {
  it('are read: WebP, AVIF, the first frame of a GIF, 16 bits, lying on their side', async () => {
    const upright = sharp(await picture(200, 30, 40, 64)).extend({ top: 64, background: '#0a0' });
    const still = await upright.clone().png().toBuffer();
    const reference = probabilitiesOf((await predict('?version=1', png(still))).body.results[0]!);
    const other = await sharp(await picture(9, 9, 250, 64))
      .resize(64, 128, { fit: 'fill' })
      .toBuffer();
    const encoded = {
      webp: await sharp(still).webp({ lossless: true }).toBuffer(),
      avif: await sharp(still).avif({ lossless: true }).toBuffer(),
      sixteen: await sharp(still).toColourspace('rgb16').png().toBuffer(),
      sideways: await sharp(still).rotate(90).withMetadata({ orientation: 8 }).png().toBuffer(),
      frames: await sharp([still, other], { join: { animated: true } })
        .gif()
        .toBuffer(),
    };
    for (const [kind, bytes] of Object.entries(encoded)) {
      const { status, body } = await predict('?version=1', png(bytes));
      expect(status, kind).toBe(200);
      const probabilities = probabilitiesOf(body.results[0]!);
      probabilities.forEach((value, label) =>
        expect(value, kind).toBeCloseTo(reference[label]!, 4),
      );
    }
  });

  it('are refused before they are decoded when they are bombs', async () => {
    const started = performance.now();
    const answer = await predict<Problem>(
      '?version=1',
      png(claimingSize(await picture(1, 2, 3), 60_000, 60_000)),
    );
    expect([answer.status, answer.body.code]).toEqual([422, 'NOT_A_PICTURE']);
    expect(answer.body.message).toMatch(/60000×60000 pixels/);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

describe('what is asked for', () => {
  it('is as many labels as are likely enough, and embeddings where wanted', async () => {
    const [image] = await pictures();
    const { body } = await predict('?version=1&topK=3', png(image!));
    const [first, second] = body.results[0]!.predictions;
    const threshold = (first!.probability + second!.probability) / 2;
    const some = await predict(`?version=1&threshold=${threshold}`, png(image!));
    expect(some.body.results[0]!.predictions).toEqual([first]);
    expect(body.results[0]).not.toHaveProperty('embedding');
    const all = await predict('?version=1&embeddings=true', json([image!.toString('base64')]));
    const { embedding } = all.body.results[0]!;
    expect(embedding).toHaveLength(1280);
    expect(new Set(embedding).size).toBeGreaterThan(100);
  });

  it('may have a deadline, which is kept, and is refused where it is none', async () => {
    const [image] = await pictures();
    const late = await predict<Problem>('?version=1', png(image!, { 'X-Request-Timeout-Ms': '1' }));
    expect([late.status, late.body.code]).toEqual([504, 'DEADLINE_EXCEEDED']);
    const odd = await predict<Problem>(
      '?version=1',
      png(image!, { 'X-Request-Timeout-Ms': 'soon' }),
    );
    expect(odd.body.problems).toMatchObject([{ where: 'header.X-Request-Timeout-Ms' }]);
    const patient = await predict('?version=1', png(image!, { 'X-Request-Timeout-Ms': '60000' }));
    expect(patient.status).toBe(200);
  });
});

describe('many requests at once', () => {
  it('form batches; what is too much is refused at once, and told when to come back', async () => {
    const before = (await serving()).batching!;
    const [image] = await pictures();
    const answers = await Promise.all(
      Array.from({ length: 80 }, () =>
        fetch(`${api.url}/api/v1/models/pets/predict?version=1`, {
          method: 'POST',
          body: new Uint8Array(image!),
          headers: { 'Content-Type': 'image/png', Authorization: `Bearer ${api.client.key}` },
        }),
      ),
    );
    const refused = answers.filter(({ status }) => status === 429);
    const answered = answers.filter(({ status }) => status === 200);
    expect(answered.length + refused.length).toBe(80);
    expect(answered.length).toBeGreaterThanOrEqual(queuePictures);
    expect(refused.length).toBeGreaterThan(0);
    for (const { headers } of refused) {
      expect(Number(headers.get('Retry-After'))).toBeGreaterThanOrEqual(1);
    }
    const { batching } = await serving();
    expect(batching).toMatchObject({ waiting: 0, running: 0 });
    const executions = batching!.executions - before.executions;
    expect(batching!.pictures - before.pictures).toBe(answered.length);
    expect(executions).toBeLessThan(answered.length);
    expect(batching!.refused - before.refused).toBe(refused.length);
  });

  it('are taken away when their client goes', async () => {
    const image = (await picture(1, 2, 3)).toString('base64');
    const caller = new AbortController();
    const given = fetch(`${api.url}/api/v1/models/pets/predict?version=1`, {
      method: 'POST',
      signal: caller.signal,
      body: json(Array(40).fill(image)).bytes,
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${api.client.key}` },
    }).catch((error: Error) => error.name);
    const before = (await serving()).batching!;
    await expect.poll(async () => (await serving()).batching!.waiting).toBeGreaterThan(0);
    caller.abort();
    expect(await given).toBe('AbortError');
    await expect.poll(async () => (await serving()).batching!.waiting).toBe(0);
    expect((await serving()).batching!.withdrawn).toBeGreaterThan(before.withdrawn);
  });
});

describe('deployment', () => {
  it('moves an alias under load without a failure, and frees the version before', async () => {
    const [image] = await pictures();
    let going = true;
    const seen: number[] = [];
    const client = async () => {
      const own: number[] = [];
      while (going) {
        const { status, body } = await predict('?alias=best', png(image!));
        expect(status, JSON.stringify(body)).toBe(200);
        seen.push(body.version);
        own.push(body.version);
      }
      expect(own).toEqual([...own].sort());
    };
    const clients = [client(), client(), client()];
    await expect.poll(() => seen.length, { timeout: 30_000 }).toBeGreaterThan(5);
    expect((await serving(2)).state).toBe('unloaded');
    expect((await api.client.put('/models/pets/aliases/best', { version: 2 })).status).toBe(200);
    // The first request after the answer goes to the new version, which is ready.
    expect((await serving(2)).state).toBe('ready');
    expect((await predict('?alias=best', png(image!))).body.version).toBe(2);
    await pause(50);
    going = false;
    await Promise.all(clients);
    expect(seen).toContain(1);
    expect(seen).toContain(2);
  });

  it('shows what runs a version, and how fast it was at warm-up', async () => {
    const { state, loaded } = await serving(2);
    expect(state).toBe('ready');
    expect(loaded).toMatchObject({ maxBatch: 4, times: [{ batch: 1 }, { batch: 4 }] });
    expect(loaded!.executor).toMatch(/^ONNX Runtime/);
    expect(loaded!.bytes).toBeGreaterThan(20e6);
    // WebAssembly was not worth trying.
    expect(loaded!.candidates).toMatchObject([
      { chosen: true },
      { chosen: false, executor: 'TensorFlow.js', times: [], reason: expect.any(String) },
    ]);
  });

  it('loads what is to be ready from the start, before the API says that it is', async () => {
    const second = await startApi(environment);
    try {
      const ready = () => second.client.get('//health/ready');
      await expect.poll(async () => (await ready()).status, { timeout: 30_000 }).toBe(200);
      expect((await serving(1, second.client)).state).toBe('ready');
      expect((await serving(2, second.client)).state).toBe('unloaded');
      expect(second.output()).toMatch(/nobody was not loaded at the start/);
    } finally {
      await second.stop();
    }
  });

  it('keeps to the memory that models may take', async () => {
    const small = await startApi({
      ...environment,
      COATRACK_PRELOAD: '',
      COATRACK_MODEL_MEMORY: String(30e6),
    });
    try {
      const [image] = await pictures();
      for (const version of [1, 2, 1]) {
        const { status } = await predict(`?version=${version}`, png(image!), small.client);
        expect(status).toBe(200);
        expect((await serving(version, small.client)).state).toBe('ready');
        await expect
          .poll(async () => (await serving(3 - version, small.client)).state)
          .toBe('unloaded');
      }
    } finally {
      await small.stop();
    }
  });
});

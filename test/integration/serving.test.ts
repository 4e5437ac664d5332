import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHouse, type RunningApi, startApi, type TestHouse } from './support/api';
import { uploadPets } from './support/pets';
import { differentImages, solidImage } from './support/images';
import { predict } from './support/predict';

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
    images: number;
    waiting: number;
    withdrawn: number;
    refused: number;
    batchSizes: Record<string, number>;
  } | null;
}

let house: TestHouse;
let api: RunningApi;
let environment: Record<string, string>;
let image: Buffer;

beforeAll(async () => {
  house = await createHouse();
  environment = {
    ...house.environment,
    COATRACK_ENGINE: 'wasm',
    COATRACK_INFERENCE_THREADS: '1',
    COATRACK_MAX_BATCH: '4',
    COATRACK_QUEUE_IMAGES: '12',
    COATRACK_MAX_PREDICT_IMAGES: '40',
    COATRACK_PRELOAD: 'pets:1, nobody',
  };
  api = await startApi(environment);
  await uploadPets(api.client, { labels: ['cat', 'dog', 'fox'], imageSize: 64, seeds: [1, 2] });
  [image] = (await differentImages(64)) as [Buffer];
  expect((await ask('?version=1')).status).toBe(200);
});

afterAll(async () => {
  expect(await api?.stop()).toBe(0);
  await house?.remove();
});

const ask = (query: string, client = api.client) => predict(client, `pets/predict${query}`, image);

const serving = async (version = 1, client = api.client) =>
  (await client.get<Serving>(`/models/pets/versions/${version}/serving`)).body;

/** Of a request whose body does not come; undefined where it is waited for. */
function statusWithoutBody(path: string, key = '', waitMs = 50): Promise<number | undefined> {
  return new Promise((resolve) => {
    const headers = {
      Authorization: `Bearer ${key}`,
      'Content-Type': 'image/png',
      'Content-Length': 1000,
    };
    const asked = request(`${api.url}${path}`, { method: 'POST', headers }, ({ statusCode }) => {
      resolve(statusCode);
      asked.destroy();
    });
    asked.once('error', () => resolve(undefined));
    asked.setTimeout(waitMs, () => asked.destroy());
    asked.flushHeaders();
  });
}

describe('many requests at once', () => {
  it('form batches; requests beyond the queue are refused at once with a time to retry', async () => {
    const tiny = (await solidImage(1, 2, 3)).toString('base64');
    const many = JSON.stringify({ images: Array(40).fill(tiny) });
    const before = (await serving()).batching!;
    const images = { answered: 0, refused: 0 };
    // How many are refused depends on how fast the machine is: on a very fast one it takes another round.
    for (let refusals = 0; refusals === 0;) {
      const singles = Array.from({ length: 80 }, () => ask('?version=1'));
      const full = predict(api.client, 'pets/predict?version=1', many, {
        'Content-Type': 'application/json',
      });
      for (const { status, headers } of await Promise.all(singles)) {
        expect([200, 429]).toContain(status);
        images[status === 200 ? 'answered' : 'refused'] += 1;
        if (status === 200) continue;
        refusals += 1;
        expect(Number(headers.get('Retry-After'))).toBeGreaterThanOrEqual(1);
      }
      if ((await full).status === 200) images.answered += 40;
      // Where the queue is full, it is refused before it is read, and counts as one.
      else images.refused += 1;
    }
    const { batching } = await serving();
    expect(batching).toMatchObject({ waiting: 0, running: 0 });
    const executions = batching!.executions - before.executions;
    expect(batching!.images - before.images).toBe(images.answered);
    expect(executions).toBeLessThan(images.answered);
    expect(batching!.refused - before.refused).toBeGreaterThanOrEqual(images.refused);
  });

  it('with a valid key are refused before their bodies arrive', async () => {
    const tiny = (await solidImage(1, 2, 3)).toString('base64');
    const body = JSON.stringify({ images: Array(40).fill(tiny) });
    const headers = { 'Content-Type': 'application/json' };
    let going = true;
    const keepFull = async () => {
      while (going) await predict(api.client, 'pets/predict?version=1', body, headers);
    };
    const loops = [keepFull(), keepFull()];
    try {
      const path = '/api/v1/models/pets/predict?version=1';
      await expect.poll(() => statusWithoutBody(path, api.client.key)).toBe(429);
      const protocolPath = '/v2/models/pets/versions/1/infer';
      await expect.poll(() => statusWithoutBody(protocolPath, api.client.key)).toBe(429);
      expect(await statusWithoutBody(path, 'no-key-of-ours', 10_000)).toBe(401);
    } finally {
      going = false;
      await Promise.all(loops);
    }
    const metrics = (await api.client.get<Buffer>('//metrics')).body.toString();
    expect(metrics).toContain('route="/api/v1/models/:name/predict",status="429"');
  });

  it('are dropped when their client disconnects', async () => {
    const tiny = (await solidImage(1, 2, 3)).toString('base64');
    const body = JSON.stringify({ images: Array(40).fill(tiny) });
    const headers = {
      'Content-Type': 'application/json',
      Authorization: `Bearer ${api.client.key}`,
    };
    const url = `${api.url}/api/v1/models/pets/predict?version=1`;
    const batching = async () => (await serving()).batching!;
    const { withdrawn } = await batching();
    // A fast machine may answer before the images are seen waiting: then another request goes.
    while ((await batching()).withdrawn === withdrawn) {
      const caller = new AbortController();
      let answered = false;
      const given = fetch(url, { method: 'POST', signal: caller.signal, body, headers })
        .then((answer) => answer.arrayBuffer())
        .catch((error: Error) => expect(error.name).toBe('AbortError'))
        .finally(() => (answered = true));
      while (!answered && (await batching()).waiting === 0);
      caller.abort();
      await given;
      await expect.poll(async () => (await batching()).waiting).toBe(0);
    }
  });
});

describe('deployment', () => {
  it('an alias moves under load without failures, and the old version is unloaded', async () => {
    let going = true;
    const seen: number[] = [];
    const client = async () => {
      const own: number[] = [];
      while (going) {
        const { status, body } = await ask('?alias=best');
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
    expect((await ask('?alias=best')).body.version).toBe(2);
    await expect.poll(() => seen).toContain(2);
    going = false;
    await Promise.all(clients);
    expect(seen).toContain(1);
    expect(seen).toContain(2);
  });

  it("a version's statistics show its engine and its speed at warm-up", async () => {
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

  it('preloaded models are loaded before the API reports itself ready', async () => {
    const second = await startApi(environment);
    try {
      const ready = () => second.client.get('//health/ready');
      await expect.poll(async () => (await ready()).status, { timeout: 30_000 }).toBe(200);
      expect((await serving(1, second.client)).state).toBe('ready');
      expect((await serving(2, second.client)).state).toBe('unloaded');
      expect(second.output()).toMatch(/nobody could not be preloaded/);
    } finally {
      await second.stop();
    }
  });

  it('loaded models stay within the memory limit', async () => {
    const small = await startApi({
      ...environment,
      COATRACK_PRELOAD: '',
      COATRACK_MODEL_MEMORY: String(30e6),
    });
    try {
      for (const version of [1, 2, 1]) {
        const { status } = await ask(`?version=${version}`, small.client);
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

import { describe, expect } from 'vitest';
import type { RunningApi } from './support/api';
import { it } from './support/fixture';
import { Client } from './support/client';
import { uploadPets } from './support/pets';
import { solidImage } from './support/images';
import { encodedImages, infer } from './support/v2';

const architecture = 'efficientnetv2_b0';
const labels = ['cat', 'dog', 'red fox'];
const size = 32;

let api: RunningApi;
let preprocessing: Awaited<ReturnType<typeof uploadPets>>;
let input: ReturnType<typeof encodedImages>;

it.override('settings', { COATRACK_EXECUTOR: 'onnxruntime' });

it.beforeAll(async ({ api: running }) => {
  api = running;
  preprocessing = await uploadPets(api.client, { labels, imageSize: size, seeds: [1, 1] });
  const images = [
    await solidImage(250, 20, 20),
    await solidImage(10, 30, 240),
    await solidImage(9, 9, 9),
  ];
  input = encodedImages(images);
});

const get = <T = { error: string }>(path: string) => api.client.get<T>(`//v2${path}`);
const post = <T = { error: string }>(path: string, body?: unknown) =>
  api.client.post<T>(`//v2${path}`, body);

describe('server and models', () => {
  it('only health probes need no key', async () => {
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

  it('a model is described by name, version and alias', async () => {
    const { body } = await get<{ parameters: Record<string, string> }>('/models/pets');
    expect(body).toMatchObject({
      name: 'pets',
      versions: ['1', '2'],
      platform: 'coatrack_safetensors',
      inputs: [
        { name: 'images', datatype: 'FP32', shape: [-1, 3, size, size] },
        { name: 'encoded_images', datatype: 'BYTES', shape: [-1] },
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
  ])('%s gets %i in the protocol’s format', async (path, status) => {
    for (const answer of [
      await get(path),
      await get(`${path}/ready`),
      await get(`${path}/stats`),
      await post(`${path}/infer`, { inputs: [input] }),
    ]) {
      expect([path, answer.status]).toEqual([path, status]);
      expect(answer.body).toEqual({ error: expect.any(String) });
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

  it('models are loaded and unloaded', async () => {
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

  it('statistics of unloaded models are kept', async () => {
    await infer(api.client, 'pets:1', { inputs: [input] });
    const inferences = async () =>
      (
        await get<{ model_stats: { inference_count: number }[] }>('/models/pets/versions/1/stats')
      ).body.model_stats.map((one) => one.inference_count);
    const before = await inferences();
    await load('pets', 'unload');
    expect(await inferences()).toEqual(before);
    await infer(api.client, 'pets:1', { inputs: [input] });
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

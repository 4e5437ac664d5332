import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createHouse, type RunningApi, startApi, type TestHouse } from './support/api';
import { uploadPets } from './support/pets';
import { solidImage } from './support/images';
import { predict } from './support/predict';

let house: TestHouse;
let api: RunningApi;
let png: Buffer;

async function start(): Promise<void> {
  // A graph of this network takes about 24 MB: there is room for two.
  api = await startApi({
    ...house.environment,
    COATRACK_EXECUTOR: 'onnxruntime',
    COATRACK_INFERENCE_THREADS: '1',
    COATRACK_GRAPH_CACHE_BYTES: '60000000',
  });
}

beforeAll(async () => {
  house = await createHouse();
  await start();
  png = await solidImage(200, 10, 10, 40);
  await uploadPets(api.client, { labels: ['cat', 'dog'], imageSize: 32, seeds: [1, 2, 3] });
});

afterAll(async () => {
  await api?.stop();
  await house?.remove();
});

async function ask(version: number): Promise<void> {
  const { status, body } = await predict(api.client, `pets/predict?version=${version}`, png);
  expect(status, JSON.stringify(body)).toBe(200);
}

/** Versions whose graphs are kept. */
async function kept(): Promise<number[]> {
  const names = await readdir(join(house.dataFolder, 'cache/graphs'));
  const versions: number[] = [];
  for (const version of [1, 2, 3]) {
    const path = `/models/pets/versions/${version}`;
    const { body } = await api.client.get<{ sha256: string }>(path);
    if (names.some((name) => name.startsWith(body.sha256))) versions.push(version);
  }
  expect(names).toHaveLength(versions.length);
  return versions;
}

it('the cache keeps as many of the most recently used graphs as fit', async () => {
  await ask(1);
  await ask(2);
  expect(await kept()).toEqual([1, 2]);
  await api.stop();
  await start();
  await ask(1);
  await ask(3);
  expect(await kept()).toEqual([1, 3]);
  // One that is gone is made again.
  await api.stop();
  await start();
  await ask(2);
  expect(await kept()).toEqual([2, 3]);
});

import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { findArchitecture } from '@coatrack/models';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { finishedJob } from './jobs-events';
import { createHouse, type RunningApi, startApi, startWorker, type TestHouse } from './support/api';
import type { Page, Problem } from './support/client';
import { uploadPets } from './support/pets';
import { solidImage } from './support/images';
import { meanTimes, onnxOf, side } from './support/onnx';
import type { RunningProcess } from './support/process';
import { zip } from './support/zip';

interface Image {
  index: number;
  name: string;
  class: string;
  split: string | null;
}

interface Result {
  images: number;
  skipped: number;
  top1: number;
  seen: boolean;
  suspectCount: number;
  duplicateCount: number;
  suspects: { image: Image; suggested: string; own: number; other: number }[];
  outliers: { image: Image; nearness: number }[];
  duplicates: { a: Image; b: Image; similarity: number; sameBytes: boolean }[];
}

interface Job {
  id: string;
  state: string;
  error: { code: string; message: string } | null;
  result: Result | null;
}

let house: TestHouse;
let api: RunningApi;
let worker: RunningProcess;

const ask = (request: object) =>
  api.client.post<Job & Problem>('/jobs', { type: 'report', ...request });

async function reported(request: object): Promise<Result> {
  const { status, body } = await ask(request);
  expect([status, body.message]).toEqual([202, undefined]);
  const { job } = await finishedJob<Job>(api.client, body.id);
  expect([job.state, job.error]).toEqual(['succeeded', null]);
  return job.result!;
}

/** Images of two colours; of each 30, some with the other's label, and one like nothing else. */
async function mislabelled(): Promise<{ file: Buffer; wrong: string[] }> {
  const entries: Record<string, Buffer> = {};
  const wrong: string[] = [];
  for (let i = 0; i < 60; i++) {
    const isRed = i % 2 === 0;
    const [strong, weak] = [150 + ((i * 29) % 100), (i * 13) % 60];
    const image = await solidImage(isRed ? strong : weak, (i * 7) % 40, isRed ? weak : strong);
    const flip = i % 15 === 4;
    const name = `${String(i).padStart(2, '0')}.png`;
    if (flip) wrong.push(name);
    entries[`${i % 3 === 0 ? 'test' : 'train'}/${isRed === flip ? 'blue' : 'red'}/${name}`] = image;
  }
  const noise = Uint8Array.from({ length: 32 * 32 * 3 }, (_, at) => (at * at * 31) % 251);
  const raw = { width: 32, height: 32, channels: 3 } as const;
  entries['train/red/odd.png'] = await sharp(noise, { raw }).png().toBuffer();
  // The same file in another split, and one that only looks the same.
  const copied = await solidImage(10, 240, 10);
  entries['train/red/copied.png'] = copied;
  entries['test/red/copy.png'] = copied;
  entries['test/red/nearly.png'] = await solidImage(10, 240, 12, 16);
  return { file: zip(entries), wrong };
}

let wrong: string[];

beforeAll(async () => {
  house = await createHouse();
  const environment = { ...house.environment, COATRACK_ENGINE: 'wasm' };
  api = await startApi(environment);
  worker = await startWorker(environment);
  await uploadPets(api.client, { labels: ['cat', 'dog'], imageSize: 32, seeds: [1] });
  const made = await mislabelled();
  wrong = made.wrong;
  const { status } = await api.client.upload('/datasets', { name: 'colours', file: made.file });
  expect(status).toBe(201);
}, 60_000);

afterAll(async () => {
  await worker?.stop();
  await api?.stop();
  await house?.remove();
});

it('finds wrong labels, near duplicates across splits and what is like nothing else', async () => {
  const result = await reported({ model: 'pets', dataset: 'colours', similarity: 0.99 });
  expect([result.images, result.skipped, result.seen]).toEqual([64, 0, false]);
  const first = result.suspects.slice(0, wrong.length);
  expect(first.map(({ image }) => image.name).sort()).toEqual(wrong);
  for (const { image, suggested, own, other } of first) {
    expect(suggested).toBe(image.class === 'red' ? 'blue' : 'red');
    expect(other).toBeGreaterThan(own);
  }
  expect(result.outliers.slice(0, 4).map(({ image }) => image.name)).toContain('odd.png');
  const named = (pair: Result['duplicates'][number]) => [pair.a, pair.b].map(({ name }) => name);
  const copy = result.duplicates.find((pair) =>
    named(pair)
      .join()
      .match(/cop.*cop/),
  );
  expect(copy).toMatchObject({ sameBytes: true });
  expect([copy!.a.split, copy!.b.split].sort()).toEqual(['test', 'train']);
  const nearly = result.duplicates.find((pair) => named(pair).includes('nearly.png'))!;
  expect(nearly.sameBytes).toBe(false);
  expect(nearly.similarity).toBeGreaterThan(0.99);
  expect(result.duplicateCount).toBeGreaterThanOrEqual(result.duplicates.length);
  const { body } = await api.client.get<Page<Job>>('/jobs?type=report&limit=1');
  expect(body.items[0]!.result).not.toHaveProperty('suspects');
}, 60_000);

it('names what is wrong with a request', async () => {
  const weights = onnxOf(
    meanTimes('x', 'y'),
    [{ name: 'w', dims: [3, 2], values: [1, 0, 0, 1, 1, 1] }],
    2,
  );
  const architecture = 'efficientnetv2_b0';
  const preprocessing = { ...findArchitecture(architecture).preprocessing, imageSize: side };
  const config = JSON.stringify({ architecture, labels: ['cat', 'dog'], preprocessing });
  const made = await api.client.upload('/models/graph/versions', { config, weights });
  expect([made.status, made.body.message]).toEqual([201, undefined]);
  const { status, body } = await ask({ model: 'graph', dataset: 'gone', similarity: 2 });
  expect([status, body.code]).toEqual([422, 'INVALID_REQUEST']);
  expect(body.problems!.map(({ where }) => where).sort()).toEqual([
    'dataset',
    'model',
    'similarity',
  ]);
});

it('leaves out an image that can no longer be read', async () => {
  const [{ blob }] = (await house.database.query<{ blob: string }>(
    "SELECT blob FROM datasets WHERE name = 'colours'",
  )) as [{ blob: string }];
  const bytes = await open(join(house.dataFolder, 'blobs', blob.slice(0, 2), blob), 'r+');
  await bytes.write(Buffer.alloc(16), 0, 16, 0);
  await bytes.close();
  // Another size, so that the features are not there yet.
  await uploadPets(api.client, { labels: ['cat', 'dog'], imageSize: 64, seeds: [2] });
  const result = await reported({ model: 'pets', dataset: 'colours' });
  expect([result.images, result.skipped]).toEqual([63, 1]);
}, 60_000);

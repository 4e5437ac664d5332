import { randomUUID } from 'node:crypto';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHouse, type RunningApi, startApi, type TestHouse } from './support/api';
import type { Client, Problem } from './support/client';
import { classFolders } from './support/images';

let house: TestHouse;
let api: RunningApi;
let client: Client;
let id: string;

beforeAll(async () => {
  house = await createHouse();
  api = await startApi(house.environment);
  client = api.client;
  const file = await classFolders({ red: 5, green: 5 });
  id = (await client.upload<{ id: string }>('/datasets', { name: 'colours', file })).body.id;
});

afterAll(async () => {
  await api?.stop();
  await house?.remove();
});

function sheet<T = Buffer>(query: Record<string, unknown>, dataset = id) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    parameters.set(name, typeof value === 'object' ? JSON.stringify(value) : String(value));
  }
  return client.get<T>(`/datasets/${dataset}/augmented?${parameters}`);
}

/** The mean level of a channel, or of all. */
async function mean(webp: Buffer, channel?: number): Promise<number> {
  const { channels } = await sharp(webp).stats();
  const chosen = channel === undefined ? channels : [channels[channel]!];
  return chosen.reduce((sum, { mean }) => sum + mean, 0) / chosen.length;
}

describe('augmented images', () => {
  const recipe = { imageSize: 32 };

  it('come as one sheet, the same for the same recipe and epoch', async () => {
    const strong = { ...recipe, cropMin: 0.35, augment: 'randaugment', cutout: 0.5 };
    const first = await sheet({ count: 4, recipe: strong });
    expect(first.status).toBe(200);
    expect(first.headers.get('Content-Type')).toBe('image/webp');
    const { format, width, height } = await sharp(first.body).metadata();
    expect([format, width, height]).toEqual(['webp', 76, 76]);
    expect((await sheet({ count: 4, recipe: strong })).body.equals(first.body)).toBe(true);
    const others = [
      { count: 4, recipe: strong, epoch: 2 },
      { count: 4, recipe: { ...strong, seed: 1 } },
      { count: 4, recipe },
    ];
    for (const query of others) {
      expect((await sheet(query)).body.equals(first.body), JSON.stringify(query)).toBe(false);
    }
  });

  it('are of a class that is asked for, and no more than there are', async () => {
    const red = await sheet({ class: 'red', count: 36, recipe });
    expect((await sharp(red.body).metadata()).width).toBe(3 * 36 + 4);
    const green = await sheet({ class: 'green', count: 36, recipe });
    expect(await mean(red.body, 0)).toBeGreaterThan((await mean(red.body, 1)) + 10);
    expect(await mean(green.body, 1)).toBeGreaterThan((await mean(green.body, 0)) + 10);
  });

  it('are mixed as in a batch', async () => {
    const [plain, mixed] = await Promise.all([
      sheet({ count: 2, recipe }),
      sheet({ count: 2, recipe: { ...recipe, mixup: 10 } }),
    ]);
    const left = (webp: Buffer) =>
      sharp(webp).extract({ left: 4, top: 4, width: 32, height: 32 }).png().toBuffer();
    const [before, after] = await Promise.all([left(plain.body), left(mixed.body)]);
    // The first is green, the last red.
    expect(await mean(after, 0)).toBeGreaterThan((await mean(before, 0)) + 5);
  });

  it('are shown in 256 pixels at most', async () => {
    const large = await sheet({ count: 1, recipe: { imageSize: 1024 } });
    expect((await sharp(large.body).metadata()).width).toBe(256 + 8);
  });

  it.each([
    [{ recipe: { cropMin: 2 } }, 'recipe.cropMin'],
    [{ recipe: { cropMin: 0.01 } }, 'recipe.cropMin'],
    [{ recipe: { augment: 'autoaugment' } }, 'recipe.augment'],
    [{ recipe: { mixup: 0.2, batchSize: 1 } }, 'recipe.mixup'],
    [{ recipe: { colour: 1 } }, 'recipe'],
    [{ recipe: [] }, 'recipe'],
    [{ recipe: '{"mixup": ' }, 'recipe'],
    [{ class: 'blue' }, 'class'],
    [{ count: 0 }, 'count'],
    [{ count: 37 }, 'count'],
    [{ epoch: 'x' }, 'epoch'],
  ])('with %j are refused, naming what is wrong', async (query, where) => {
    const { status, body } = await sheet<Problem>(query);
    expect([status, body.code]).toEqual([422, 'INVALID_REQUEST']);
    expect(body.problems!.map((problem) => problem.where)).toContain(where);
  });

  it('of an unknown dataset are not found', async () => {
    const { status, body } = await sheet<Problem>({}, randomUUID());
    expect([status, body.code]).toEqual([404, 'DATASET_NOT_FOUND']);
  });
});

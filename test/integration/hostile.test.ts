import { request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHouse, type RunningApi, startApi, type TestHouse } from './support/api';
import type { Problem } from './support/client';
import { classFolders, solidImage } from './support/images';
import { safetensors, tensorsOf } from './support/weights';

let house: TestHouse;
let api: RunningApi;
const config = { architecture: 'efficientnetv2_b0', labels: ['a', 'b'] };
const weights = safetensors(tensorsOf('efficientnetv2_b0', 2));

beforeAll(async () => {
  house = await createHouse();
  api = await startApi({ ...house.environment, COATRACK_ENGINE: 'wasm' });
  await api.client.upload('/datasets', {
    name: 'colours',
    file: await classFolders({ red: 2, green: 2 }),
  });
  await api.client.upload('/models/m/versions', { config: JSON.stringify(config), weights });
});

afterAll(async () => {
  expect(await api.stop()).toBe(0);
  expect(api.output()).not.toMatch(/ERROR/);
  await house.remove();
});

describe('malformed forms', () => {
  const start = '--X\r\nContent-Disposition: form-data; name=';
  it.each([
    '',
    '--X',
    '--X\r\n\r\n',
    `${start}"file"; filename="f"\r\n\r\ncut off`,
    `${start}"image"; filename="f"\r\n\r\ncut off`,
    `${start}"other"; filename="f"\r\n\r\ncut off`,
  ])('%j is refused, and the API keeps running', async (body) => {
    const headers = { 'Content-Type': 'multipart/form-data; boundary=X' };
    for (const path of ['/datasets', '/models/m/versions', '/models/m/predict']) {
      const answer = await api.client.send('POST', path, { body, headers });
      expect([path, answer.status]).toEqual([path, 422]);
    }
  });

  it('an upload that its client aborts leaves nothing behind', async () => {
    const before = await house.storedFiles();
    for (const [path, type, head] of [
      ['datasets', 'multipart/form-data; boundary=X', `${start}"file"; filename="f"\r\n\r\n`],
      [
        'models/m/predict',
        'multipart/form-data; boundary=X',
        `${start}"image"; filename="f"\r\n\r\n`,
      ],
      ['models/m/predict', 'image/png', ''],
    ] as const) {
      const upload = request(`${api.url}/api/v1/${path}`, {
        method: 'POST',
        headers: {
          Authorization: `Bearer ${api.client.key}`,
          'Content-Type': type,
          'Content-Length': 10_000_000,
        },
      });
      upload.on('error', () => undefined);
      upload.write(head + 'x'.repeat(100_000));
      await pause(200);
      upload.destroy();
      await new Promise((closed) => upload.once('close', closed));
    }
    await expect.poll(() => house.storedFiles()).toEqual(before);
  });
});

it('a slow client learns that its model was deleted meanwhile', async () => {
  await api.client.upload('/models/fleeting/versions', {
    config: JSON.stringify(config),
    weights: safetensors(tensorsOf('efficientnetv2_b0', 2), 1),
  });
  const image = await solidImage(1, 2, 3);
  async function* slowly() {
    yield image.subarray(0, 20);
    await api.client.delete('/models/fleeting');
    yield image.subarray(20);
  }
  const { status, body } = await api.client.send<Problem>('POST', '/models/fleeting/predict', {
    body: ReadableStream.from(slowly()),
    headers: { 'Content-Type': 'image/png' },
    duplex: 'half',
  } as RequestInit);
  expect([status, body.code]).toEqual([404, 'MODEL_NOT_FOUND']);
});

describe('text that the database does not accept', () => {
  it.each([
    { labels: ['a\0', 'b'] },
    { labels: ['a', '\ud800'] },
    { licence: '\0' },
    { source: 'x\0' },
    { description: '\ud800' },
  ])('%j is reported in the answer', async (part) => {
    const parts = { config: JSON.stringify({ ...config, ...part }), weights };
    const { status, body } = await api.client.upload('/models/m/versions', parts);
    expect(status).toBe(422);
    expect(body.problems?.[0]?.where).toContain(`config.${Object.keys(part)[0]}`);
  });

  it.each([{ dataset: '\0' }, { model: 'm@\0' }, { model: '\0' }])('nor %j', async (part) => {
    const start = 'model' in part ? {} : { architecture: 'efficientnetv2_b0' };
    const whole = { type: 'fine-tune', name: 'x', dataset: 'colours', ...start, ...part };
    const { status, body } = await api.client.post('/jobs', whole);
    expect([status, body.problems?.[0]?.where]).toEqual([422, Object.keys(part)[0]]);
  });

  it.each(['/models/%00', '/models/m/aliases/%00', '/samples/%', '/datasets/%E0%A4%A'])(
    'nothing is at %s',
    async (path) => {
      const answers = [await api.client.get(path), await api.client.put(path, { version: 1 })];
      for (const { status, body } of answers)
        expect([status, body.code]).toEqual([404, 'NOT_FOUND']);
    },
  );
});

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createHouse, type RunningApi, startApi, type TestHouse } from './support/api';
import type { Client, Problem } from './support/client';
import { makeKey } from './support/keys';
import { classFolders } from './support/images';
import { seededSafetensors, tensorsOf } from './support/weights';

interface Made {
  id: string;
  version: number;
}

let house: TestHouse;
let api: RunningApi;
let archive: Buffer;

// No worker runs here: jobs stay queued.
beforeAll(async () => {
  house = await createHouse();
  api = await startApi(house.environment);
  archive = await classFolders({ red: 2, green: 2 });
});

afterAll(async () => {
  await api?.stop();
  await house?.remove();
});

const rows = async (query: string, values: unknown[] = []) =>
  (await house.database.query(query, values)) as Record<string, unknown>[];

function send<T = Made>(client: Client, path: string, key: string, body: unknown) {
  const headers = { 'Idempotency-Key': key, 'Content-Type': 'application/json' };
  return client.send<T>('POST', path, { headers, body: JSON.stringify(body) });
}

function sendForm<T = Made>(
  client: Client,
  path: string,
  key: string,
  parts: Record<string, string | Buffer>,
) {
  const body = new FormData();
  for (const [name, part] of Object.entries(parts)) {
    if (typeof part === 'string') body.append(name, part);
    else body.append(name, new Blob([new Uint8Array(part)]), 'file');
  }
  return client.send<T>('POST', path, { headers: { 'Idempotency-Key': key }, body });
}

const sendDataset = <T = Made>(name: string, key: string, file = archive, client = api.client) =>
  sendForm<T>(client, '/datasets', key, { name, file });

const job = (name: string, dataset: string) => ({
  type: 'fine-tune',
  architecture: 'efficientnetv2_b0',
  dataset,
  name,
});

it('a repeated request creates one dataset, version or job and gets the same answer', async () => {
  const [key, weights] = [randomUUID(), seededSafetensors(tensorsOf('efficientnetv2_b0', 2))];
  const first = await sendDataset('twice', key);
  expect(first.status, JSON.stringify(first.body)).toBe(201);
  const again = await sendDataset('twice', key);
  expect([again.status, again.body]).toEqual([201, first.body]);

  const config = JSON.stringify({ architecture: 'efficientnetv2_b0', labels: ['a', 'b'] });
  const upload = () =>
    sendForm(api.client, '/models/twice/versions', 'weights', { config, weights });
  const version = await upload();
  expect([version.status, version.body.version]).toEqual([201, 1]);
  expect((await upload()).body).toEqual(version.body);
  expect(await rows(`SELECT 1 FROM model_versions WHERE model = 'twice'`)).toHaveLength(1);

  const ask = () => send(api.client, '/jobs', 'a-job', job('twice', 'twice'));
  const queued = await ask();
  expect(queued.status, JSON.stringify(queued.body)).toBe(202);
  const repeated = await ask();
  expect([repeated.status, repeated.body]).toEqual([202, queued.body]);
  expect(await rows(`SELECT 1 FROM jobs WHERE id = $1`, [queued.body.id])).toHaveLength(1);
  expect(await rows('SELECT 1 FROM jobs')).toHaveLength(1);
  // Nothing of the repeated uploads is left.
  expect(await house.storedFiles()).toHaveLength(2);
});

it('a different request with a used key, and an invalid key, are refused', async () => {
  const key = randomUUID();
  expect((await sendDataset('first', key)).status).toBe(201);
  const other = await classFolders({ red: 2, blue: 2 });
  const refusals = [
    await sendDataset<Problem>('second', key),
    await sendDataset<Problem>('first', key, other),
    await send<Problem>(api.client, '/jobs', key, job('m', 'first')),
    await send<Problem>(api.client, '/samples/emoji', key, {}),
  ];
  for (const { status, body } of refusals) {
    expect([status, body.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  }
  expect(await rows(`SELECT 1 FROM datasets WHERE name = 'second'`)).toEqual([]);
  for (const bad of ['two words', 'x'.repeat(256)]) {
    const { status, body } = await sendDataset<Problem>('third', bad);
    expect([status, body.problems?.[0]?.where]).toEqual([422, 'header.Idempotency-Key']);
  }
});

it('idempotency keys are separate per API key; refusals are not kept, answers for a day', async () => {
  const { client } = await makeKey(api, 'other', ['train']);
  expect((await sendDataset('mine', 'day')).status).toBe(201);
  expect((await sendDataset('yours', 'day', archive, client)).status).toBe(201);

  expect((await sendDataset<Problem>('mine', 'refused')).body.code).toBe('DATASET_EXISTS');
  expect((await sendDataset('free', 'refused')).status).toBe(201);

  await rows(`UPDATE idempotency_keys SET created_at = now() - interval '25 hours'
              WHERE key = 'day'`);
  expect((await sendDataset<Problem>('mine', 'day')).body.code).toBe('DATASET_EXISTS');
  expect((await sendDataset('a day later', 'day')).status).toBe(201);
});

it('a repeated request is refused while the first is in progress', async () => {
  const key = randomUUID();
  const probe = () => send<Problem>(api.client, '/jobs', key, {});
  expect((await probe()).body.code).toBe('INVALID_REQUEST');
  let end = () => {};
  const open = new Promise<void>((resolve) => (end = resolve));
  const body = new ReadableStream({
    async start(controller) {
      controller.enqueue(Buffer.from('--b\r\nContent-Disposition: form-data; name="name"\r\n\r\n'));
      await open;
      controller.close();
    },
  });
  const headers = { 'Content-Type': 'multipart/form-data; boundary=b', 'Idempotency-Key': key };
  const first = api.client.send('POST', '/datasets', {
    body,
    headers,
    duplex: 'half',
  } as RequestInit);
  await expect.poll(async () => (await probe()).body.code).toBe('IDEMPOTENCY_KEY_IN_USE');
  const { status, headers: answered } = await probe();
  expect([status, answered.get('Retry-After')]).toEqual([409, '1']);
  end();
  expect((await first).status).toBe(422);
  expect((await probe()).body.code).toBe('INVALID_REQUEST');
});

it('the same request to two processes at once creates one resource', async () => {
  const second = await startApi(house.environment);
  try {
    const answers = await Promise.all([
      sendDataset('at once', 'race'),
      sendDataset('at once', 'race', archive, second.client),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    expect(answers[0].body).toEqual(answers[1].body);
    const raced = await Promise.all(
      [api, second].map(({ client }) => send(client, '/jobs', 'job-race', job('race', 'at once'))),
    );
    expect(raced.map(({ status }) => status)).toEqual([202, 202]);
    expect(raced[0]!.body).toEqual(raced[1]!.body);
  } finally {
    await second.stop();
  }
});

it('after a kill, a repeated request gets the resource created before', async () => {
  const sent = sendDataset('killed', 'kill').catch(() => undefined);
  const made = () => rows(`SELECT id FROM datasets WHERE name = 'killed'`);
  await expect.poll(made).toHaveLength(1);
  await api.stop('SIGKILL');
  await sent;
  api = await startApi(house.environment);
  const { status, body } = await sendDataset('killed', 'kill');
  expect(status, JSON.stringify(body)).toBe(201);
  expect(await made()).toEqual([{ id: body.id }]);
});

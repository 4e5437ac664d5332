import { createHash, randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHouse, type RunningApi, startApi, type TestHouse } from './support/api';
import { Client, type Problem } from './support/client';
import { classFolders, picture } from './support/pictures';
import { safetensors, safetensorsHeader, type Tensor, tensorsOf } from './support/weights';
import { zip } from './support/zip';

interface Dataset {
  id: string;
  name: string;
  classes: { name: string; count: number }[];
  pictures: number;
  bytes: number;
  skipped: { path: string; reason: string }[];
  skippedCount: number;
}
interface Page {
  total: number;
  items: { index: number; class: string; name: string; width: number; url: string }[];
}
interface Version {
  version: number;
  sha256: string;
  bytes: number;
  parameters: number;
  labels: string[];
}
interface Model {
  latestVersion: number | null;
  aliases: Record<string, number>;
  versionList: Version[];
}

let house: TestHouse;
let api: RunningApi;
let client: Client;

beforeAll(async () => {
  house = await createHouse();
  house.environment.COATRACK_MAX_DATASET_BYTES = '1000000';
  api = await startApi(house.environment);
  client = api.client;
});

afterAll(async () => {
  await api?.stop();
  await house?.remove();
});

/** Every file below the data folder that is a blob or on its way to become one. */
async function storedFiles(): Promise<string[]> {
  const options = { recursive: true, withFileTypes: true } as const;
  const entries = [
    ...(await readdir(join(house.dataFolder, 'blobs'), options)),
    ...(await readdir(join(house.dataFolder, 'tmp'), options)),
  ];
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

const image = (id: string, index: number, query = '') =>
  client.get<Buffer>(`/datasets/${id}/images/${index}${query}`);

describe('access', () => {
  it('needs a valid key on every route but the health checks', async () => {
    const paths = ['/architectures', '/datasets', '/samples', '/models', '/models/x/versions/1'];
    for (const key of [undefined, 'a-wrong-key']) {
      for (const path of paths) {
        const { status, body } = await new Client(api.url, key).get(path);
        expect([path, status, body.code]).toEqual([path, 401, 'UNAUTHORIZED']);
      }
    }
    const stranger = new Client(api.url);
    expect((await stranger.get<unknown>('//health/live')).body).toEqual({ status: 'ok' });
    expect((await stranger.get<{ status: string }>('//health/ready')).body.status).toBe('ok');
  });

  it('guards the documentation so that a browser asks for the key', async () => {
    const stranger = new Client(api.url);
    for (const path of ['//docs', '//docs/', '//docs/swagger-ui.css', '//docs-json']) {
      const { status, headers } = await stranger.get(path);
      expect([path, status]).toEqual([path, 401]);
      expect(headers.get('WWW-Authenticate')).toMatch(/^Basic /);
    }
    const password = Buffer.from(`anyone:${client.key}`).toString('base64');
    const page = await stranger.get<Buffer>('//docs', { Authorization: `Basic ${password}` });
    expect(page.body.toString()).toContain('swagger-ui');
    expect((await client.get<{ openapi: string }>('//docs-json')).body.openapi).toBe('3.1.0');
  });

  it('names each request, and answers unknown routes and unreadable bodies', async () => {
    const unknown = await client.get('/nothing-here', { 'X-Request-Id': 'my-request-1' });
    expect(unknown.status).toBe(404);
    expect(unknown.body).toMatchObject({ code: 'NOT_FOUND', requestId: 'my-request-1' });
    expect(unknown.headers.get('X-Request-Id')).toBe('my-request-1');
    const broken = await client.send<Problem>('PUT', '/models/x/aliases/y', {
      body: '{"version":',
      headers: { 'Content-Type': 'application/json' },
    });
    expect([broken.status, broken.body.code]).toEqual([400, 'INVALID_JSON']);
  });
});

describe('architectures', () => {
  it('lists both families with what they cost', async () => {
    const { body } =
      await client.get<{ name: string; parameters: number; macs: number }[]>('/architectures');
    const b0 = body.find(({ name }) => name === 'efficientnetv2_b0');
    expect(b0?.parameters).toBe(7_139_704);
    expect(body.some(({ name }) => name === 'coatnet_7')).toBe(true);
    expect(body.every(({ parameters, macs }) => parameters > 0 && macs > 0)).toBe(true);
  });
});

describe('datasets', () => {
  it('keeps an upload, shows its pictures, and forgets it with its bytes', async () => {
    const file = zip({
      'flowers/rose/b.png': await picture(200, 0, 0),
      'flowers/rose/a.png': await picture(250, 0, 0, 64),
      'flowers/daisy/c.png': await picture(250, 250, 250),
      'flowers/daisy/d.png': await picture(240, 240, 240),
      'flowers/daisy/notes.txt': Buffer.from('no picture'),
    });
    const created = await client.upload<Dataset>('/datasets', { name: 'flowers', file });
    expect(created.status).toBe(201);
    const dataset = created.body;
    expect(dataset).toMatchObject({
      name: 'flowers',
      pictures: 4,
      classes: [
        { name: 'daisy', count: 2 },
        { name: 'rose', count: 2 },
      ],
      skippedCount: 1,
    });
    expect(dataset.skipped[0]?.path).toContain('notes.txt');
    expect((await client.get<Dataset>(`/datasets/${dataset.id}`)).body).toEqual(dataset);
    const listed = (await client.get<Dataset[]>('/datasets')).body;
    expect(listed.map(({ name }) => name)).toEqual(['flowers']);
    expect(listed[0]).not.toHaveProperty('skipped');

    const path = `/datasets/${dataset.id}/images`;
    const roses = (await client.get<Page>(`${path}?class=rose&limit=1&offset=0`)).body;
    expect(roses.total).toBe(2);
    expect(roses.items).toMatchObject([{ index: 2, class: 'rose', name: 'a.png', width: 64 }]);
    expect(roses.items[0]?.url).toBe(`/api/v1${path}/2`);
    expect((await client.get<Page>(path)).body.items).toHaveLength(4);
    expect((await client.get<Page>(`${path}?class=tulip`)).body).toEqual({ total: 0, items: [] });

    const original = await image(dataset.id, 2);
    expect(original.headers.get('Content-Type')).toBe('image/png');
    expect(original.body.equals(await picture(250, 0, 0, 64))).toBe(true);
    const small = await image(dataset.id, 2, '?size=16');
    expect(await sharp(small.body).metadata()).toMatchObject({ format: 'webp', width: 16 });
    const again = await client.get<Buffer>(`${path}/2`, {
      'If-None-Match': original.headers.get('ETag')!,
      // Without it fetch asks every cache on the way for a fresh copy.
      'Cache-Control': 'max-age=0',
    });
    expect([again.status, again.body.length]).toEqual([304, 0]);
    const part = await client.get<Buffer>(`${path}/2`, { Range: 'bytes=1-3' });
    expect([part.status, part.body.toString()]).toEqual([206, 'PNG']);

    expect((await client.delete(`/datasets/${dataset.id}`)).status).toBe(204);
    expect((await client.get(`/datasets/${dataset.id}`)).body.code).toBe('DATASET_NOT_FOUND');
    expect(await storedFiles()).toEqual([]);
  });

  it('answers unknown ids and pictures with 404, wrong queries with every problem', async () => {
    const { body } = await client.upload<Dataset>('/datasets', {
      name: 'tiny',
      file: await classFolders({ red: 2, green: 2 }),
    });
    for (const id of [randomUUID(), 'no-uuid', "'--"]) {
      for (const path of [
        `/datasets/${id}`,
        `/datasets/${id}/images`,
        `/datasets/${id}/images/0`,
      ]) {
        expect((await client.get(path)).status, path).toBe(404);
      }
      expect((await client.delete(`/datasets/${id}`)).body.code).toBe('DATASET_NOT_FOUND');
    }
    for (const index of ['4', '-1', 'x', '99999999999']) {
      const missing = await client.get(`/datasets/${body.id}/images/${index}`);
      expect([missing.status, missing.body.code]).toEqual([404, 'IMAGE_NOT_FOUND']);
    }
    const wrong = await client.get(`/datasets/${body.id}/images?limit=0&offset=-1`);
    expect(wrong.status).toBe(422);
    expect(wrong.body.problems?.map(({ where }) => where)).toEqual(['limit', 'offset']);
    await client.delete(`/datasets/${body.id}`);
  });

  it.each<[string, () => Promise<Record<string, string | Uint8Array>>, number, string, RegExp]>([
    ['no fields', async () => ({ other: 'x' }), 422, 'INVALID_REQUEST', /name.*file/s],
    [
      'an empty name',
      async () => ({ name: ' ', file: await classFolders({ a: 2, b: 2 }) }),
      422,
      'INVALID_REQUEST',
      /name/,
    ],
    [
      'no zip',
      async () => ({ name: 'x', file: Buffer.from('hello') }),
      422,
      'INVALID_DATASET',
      /zip/i,
    ],
    [
      'a zip that is cut off',
      async () => ({ name: 'x', file: (await classFolders({ a: 2, b: 2 })).subarray(0, -30) }),
      422,
      'INVALID_DATASET',
      /zip/i,
    ],
    [
      'names that climb out',
      async () => ({ name: 'x', file: zip({ '../../a/x.png': await picture(1, 2, 3) }) }),
      422,
      'INVALID_DATASET',
      /\.\.\/\.\.\/a\/x\.png/,
    ],
    [
      'a zip bomb',
      async () => ({ name: 'x', file: zip({ 'a/x.png': Buffer.alloc(5_000_000) }) }),
      422,
      'INVALID_DATASET',
      /at most 200 times/,
    ],
    [
      'one class only',
      async () => ({ name: 'x', file: await classFolders({ a: 3 }) }),
      422,
      'INVALID_DATASET',
      /class/,
    ],
    [
      'more bytes than allowed',
      async () => ({ name: 'x', file: Buffer.alloc(1_000_001) }),
      413,
      'TOO_LARGE',
      /1000000/,
    ],
  ])('refuses %s and keeps nothing', async (_, parts, status, code, message) => {
    const answer = await client.upload('/datasets', await parts());
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(JSON.stringify(answer.body)).toMatch(message);
    expect(answer.body.message).not.toContain(house.dataFolder);
    expect(await storedFiles()).toEqual([]);
    expect((await client.get<Dataset[]>('/datasets')).body).toEqual([]);
  });

  it('refuses what is no form, and forms that break off', async () => {
    const noForm = await client.post('/datasets', { name: 'x' });
    expect([noForm.status, noForm.body.code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    const broken = await client.send<Problem>('POST', '/datasets', {
      body: '--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nPK',
      headers: { 'Content-Type': 'multipart/form-data; boundary=b' },
    });
    expect([broken.status, broken.body.code]).toEqual([422, 'INVALID_REQUEST']);
    expect(await storedFiles()).toEqual([]);
  });

  it('leaves nothing of an upload whose sender goes away', async () => {
    const head = `Authorization: Bearer ${client.key}\r\nContent-Type: multipart/form-data; boundary=b`;
    const part = '--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n';
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
    const length = 'Host: x\r\nContent-Length: 500000';
    socket.write(`POST /api/v1/datasets HTTP/1.1\r\n${length}\r\n${head}\r\n\r\n${part}`);
    socket.write('x'.repeat(100_000));
    await expect.poll(storedFiles).toHaveLength(1);
    socket.destroy();
    await expect.poll(storedFiles).toEqual([]);
    expect((await client.get<Dataset[]>('/datasets')).body).toEqual([]);
  });

  it('takes a name once, also when two uploads race for it', async () => {
    const file = await classFolders({ red: 2, green: 2 });
    const answers = await Promise.all(
      [1, 2, 3].map(() => client.upload<Dataset & Problem>('/datasets', { name: 'race', file })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    const late = await client.upload('/datasets', { name: 'race', file });
    expect([late.status, late.body.code]).toEqual([409, 'DATASET_EXISTS']);
    const made = answers.find(({ status }) => status === 201)!.body;
    expect((await image(made.id, 0)).status).toBe(200);
    await client.delete(`/datasets/${made.id}`);
    expect(await storedFiles()).toEqual([]);
  });

  it('shares the bytes of equal uploads, and keeps them while one needs them', async () => {
    const file = await classFolders({ red: 2, green: 2 });
    const make = async (name: string) =>
      (await client.upload<Dataset>('/datasets', { name, file })).body.id;
    const kept = await make('kept');
    // Uploads and deletions of the same bytes at once: whatever their order, no picture gets lost.
    await Promise.all(
      Array.from({ length: 8 }, async (_, i) => {
        const id = await make(`passing-${i}`);
        expect((await image(id, 3)).status).toBe(200);
        expect((await client.delete(`/datasets/${id}`)).status).toBe(204);
      }),
    );
    expect((await image(kept, 3)).status).toBe(200);
    expect(await storedFiles()).toHaveLength(1);
    await client.delete(`/datasets/${kept}`);
    expect(await storedFiles()).toEqual([]);
  });

  it('keeps a dataset while a job is queued on it', async () => {
    const { body: dataset } = await client.upload<Dataset>('/datasets', {
      name: 'wanted',
      file: await classFolders({ red: 4, green: 4 }),
    });
    const job = await client.post<{ id: string }>('/jobs', {
      type: 'fine-tune',
      architecture: 'efficientnetv2_b0',
      dataset: 'wanted',
      name: 'colours',
      recipe: { epochs: 2, imageSize: 32 },
    });
    expect(job.status).toBe(202);
    const refused = await client.delete(`/datasets/${dataset.id}`);
    expect([refused.status, refused.body.code]).toEqual([409, 'DATASET_IN_USE']);
    await client.post(`/jobs/${job.body.id}/cancel`);
    expect((await client.delete(`/datasets/${dataset.id}`)).status).toBe(204);
    const finished = await client.get<{ dataset: { name: string } }>(`/jobs/${job.body.id}`);
    expect(finished.body.dataset.name).toBe('wanted');
  });
});

describe('samples', () => {
  it('makes an ordinary dataset of emoji, once', async () => {
    const samples =
      await client.get<{ name: string; pictures: number; classes: number }[]>('/samples');
    const { status, body } = await client.post<Dataset>('/samples/emoji');
    expect(status).toBe(201);
    expect(samples.body).toMatchObject([
      { name: 'emoji', pictures: body.pictures, classes: body.classes.length },
    ]);
    expect(body.classes.every(({ count }) => count >= 50)).toBe(true);
    const drawn = await sharp((await image(body.id, 0)).body).stats();
    expect(drawn.isOpaque).toBe(true);
    expect(drawn.entropy).toBeGreaterThan(0.5);
    expect((await client.post('/samples/emoji')).body.code).toBe('DATASET_EXISTS');
    expect((await client.post('/samples/nothing')).body.code).toBe('SAMPLE_NOT_FOUND');
    await client.delete(`/datasets/${body.id}`);
  });
});

describe('models', () => {
  const architecture = 'efficientnetv2_b0';
  const labels = ['daisy', 'rose'];
  let tensors: Tensor[];
  let weights: Buffer;

  beforeAll(() => {
    tensors = tensorsOf(architecture, labels.length);
    weights = safetensors(tensors);
  });

  const upload = (name: string, file: Uint8Array, config: unknown) =>
    client.upload<Version & Problem>(`/models/${name}/versions`, {
      config: typeof config === 'string' ? config : JSON.stringify(config),
      weights: file,
    });

  it('keeps versions, serves their weights, and points aliases to them', async () => {
    const created = await upload('flowers', weights, { architecture, labels, licence: 'MIT' });
    expect(created.status).toBe(201);
    const sha256 = createHash('sha256').update(weights).digest('hex');
    expect(created.body).toMatchObject({
      ...{ model: 'flowers', version: 1, architecture, labels, licence: 'MIT', source: null },
      ...{ sha256, bytes: weights.length, parentVersion: null, job: null, accuracy: {} },
    });
    expect(created.body.parameters).toBe(7_139_704 - 998 * 1281);
    expect((await client.get('/models/flowers/versions/1')).body).toEqual(created.body);

    const path = '/models/flowers/versions/1/weights';
    const file = await client.get<Buffer>(path);
    expect(file.body.equals(weights)).toBe(true);
    expect(file.headers.get('ETag')).toBe(`"${sha256}"`);
    expect(file.headers.get('Content-Disposition')).toContain('flowers-1.safetensors');
    const part = await client.get<Buffer>(path, { Range: 'bytes=8-15' });
    expect([part.status, part.body.equals(weights.subarray(8, 16))]).toEqual([206, true]);
    const beyond = await client.get(path, { Range: `bytes=${weights.length}-` });
    expect([beyond.status, beyond.body.code]).toEqual([416, 'RANGE_NOT_SATISFIABLE']);

    const aliased = await client.put<Model>('/models/flowers/aliases/best', { version: 1 });
    expect(aliased.body.aliases).toEqual({ best: 1 });
    const used = await client.delete('/models/flowers/versions/1');
    expect([used.status, used.body.code]).toEqual([409, 'VERSION_IN_USE']);
    expect((await client.delete('/models/flowers/aliases/best')).status).toBe(204);
    expect((await client.delete('/models/flowers/versions/1')).status).toBe(204);
    expect((await client.get<Model>('/models/flowers')).body.latestVersion).toBeNull();
    // A number that has been given is never given to other weights.
    expect((await upload('flowers', weights, { architecture, labels })).body.version).toBe(2);
    expect((await client.delete('/models/flowers')).status).toBe(204);
    expect(await storedFiles()).toEqual([]);
  });

  it('numbers uploads that come at once without a gap or a double', async () => {
    const answers = await Promise.all(
      [1, 2, 3, 4].map(() => upload('busy', weights, { architecture, labels })),
    );
    expect(answers.map(({ body }) => body.version).sort()).toEqual([1, 2, 3, 4]);
    const { body } = await client.get<Model>('/models/busy');
    expect(body.versionList.map(({ version }) => version)).toEqual([4, 3, 2, 1]);
    expect(await storedFiles()).toHaveLength(1);
    await client.delete('/models/busy');
    expect(await storedFiles()).toEqual([]);
  });

  it('answers what is not there with 404', async () => {
    await upload('there', weights, { architecture, labels });
    const answers = await Promise.all([
      client.get('/models/absent'),
      client.delete('/models/absent'),
      client.get('/models/absent/versions/1'),
      client.put('/models/absent/aliases/a', { version: 1 }),
      client.get('/models/there/versions/2'),
      client.get('/models/there/versions/x/weights'),
      client.put('/models/there/aliases/a', { version: 2 }),
      client.delete('/models/there/aliases/a'),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(404));
    expect(answers.map(({ body }) => body.code)).toEqual([
      ...Array(4).fill('MODEL_NOT_FOUND'),
      ...Array(3).fill('VERSION_NOT_FOUND'),
      'ALIAS_NOT_FOUND',
    ]);
    await client.delete('/models/there');
  });

  it('names every missing, extra and misshaped tensor', async () => {
    const wrong = tensors
      .filter(({ name }) => name !== 'conv_stem.weight' && name !== 'conv_head.weight')
      .map(({ name, shape }) => (name === 'bn2.weight' ? { name, shape: [7] } : { name, shape }))
      .concat([{ name: 'surplus.weight', shape: [2] }]);
    const { status, body } = await upload('bad', safetensors(wrong), { architecture, labels });
    expect([status, body.code]).toEqual([422, 'INVALID_WEIGHTS']);
    expect(body.problems?.map(({ where }) => where).sort()).toEqual(
      ['bn2.weight', 'conv_head.weight', 'conv_stem.weight', 'surplus.weight'].sort(),
    );
  });

  it.each<[string, () => [Uint8Array, unknown], string, RegExp]>([
    ['no safetensors', () => [Buffer.from('PK'), { architecture, labels }], 'INVALID_WEIGHTS', /./],
    [
      'a file that is cut off',
      () => [weights.subarray(0, weights.length - 5), { architecture, labels }],
      'INVALID_WEIGHTS',
      /./,
    ],
    [
      'a header longer than the file',
      () => [Buffer.concat([Buffer.alloc(8, 0x7f), Buffer.from('{}')]), { architecture, labels }],
      'INVALID_WEIGHTS',
      /header/i,
    ],
    [
      'offsets that lie',
      () => [
        safetensorsHeader({ a: { dtype: 'F32', shape: [2], data_offsets: [0, 80] } }),
        { architecture, labels },
      ],
      'INVALID_WEIGHTS',
      /./,
    ],
    [
      'labels that do not fit',
      () => [weights, { architecture, labels: ['a', 'b', 'c'] }],
      'INVALID_LABELS',
      /3 labels.*2 classes/,
    ],
    [
      'an unknown architecture',
      () => [weights, { architecture: 'resnet50', labels }],
      'UNKNOWN_ARCHITECTURE',
      /resnet50.*efficientnetv2_b0/,
    ],
    [
      'a config with many faults',
      () => [weights, { labels: ['a', 'a', ''], preprocessing: { imageSize: 1 }, colour: 'red' }],
      'INVALID_REQUEST',
      /config\.architecture.*config\.labels\.2.*config\.preprocessing.*colour/s,
    ],
    ['a config that is no JSON', () => [weights, '{'], 'INVALID_REQUEST', /config/],
  ])('refuses %s and keeps nothing', async (_, parts, code, message) => {
    const answer = await upload('bad', ...parts());
    expect([answer.status, answer.body.code]).toEqual([422, code]);
    expect(JSON.stringify(answer.body)).toMatch(message);
    expect(answer.body.message).not.toContain(house.dataFolder);
    expect((await client.get('/models/bad')).status).toBe(404);
    expect(await storedFiles()).toEqual([]);
  });

  it('refuses names that do not fit in a reference', async () => {
    const config = { architecture, labels };
    for (const name of ['Upper', 'a:b', '-a', 'x'.repeat(64)]) {
      expect((await upload(name, weights, config)).body.code).toBe('INVALID_REQUEST');
    }
  });
});

import { createHash } from 'node:crypto';
import { beforeAll, describe, expect } from 'vitest';
import type { RunningApi, TestHouse } from './support/api';
import { it } from './support/fixture';
import type { Client, Problem } from './support/client';
import { safetensors, safetensorsHeader, type Tensor, tensorsOf } from './support/weights';

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

it.beforeAll(({ api: running, house: own }) => {
  api = running;
  house = own;
  client = api.client;
});

const storedFiles = () => house.storedFiles();

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

  it('versions are stored, their weights are served, and aliases point to them', async () => {
    const created = await upload('flowers', weights, {
      architecture: `tf_${architecture}.in1k`,
      labels,
      licence: 'MIT',
    });
    expect(created.status).toBe(201);
    const sha256 = createHash('sha256').update(weights).digest('hex');
    expect(created.body).toMatchObject({
      model: 'flowers',
      version: 1,
      architecture,
      labels,
      licence: 'MIT',
      source: null,
      sha256,
      bytes: weights.length,
      parentVersion: null,
      job: null,
      accuracy: {},
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
    // Nor to another model of the same name: what refers to flowers:2 never means it.
    expect((await upload('flowers', weights, { architecture, labels })).body.version).toBe(3);
    await client.delete('/models/flowers');
  });

  it('concurrent uploads get consecutive, unique version numbers', async () => {
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

  it('unknown models, versions and aliases get 404', async () => {
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

  it('every missing, extra and misshaped tensor is reported', async () => {
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
      () => [
        weights,
        {
          architecture: 1,
          labels: ['a', 'a', ''],
          colour: 'red',
          preprocessing: { imageSize: 1 },
        },
      ],
      'INVALID_REQUEST',
      /config\.architecture.*config\.labels\.2.*config\.preprocessing.*colour/s,
    ],
    ['a config that is no JSON', () => [weights, '{'], 'INVALID_REQUEST', /config/],
  ])('%s is refused and nothing is stored', async (_, parts, code, message) => {
    const answer = await upload('bad', ...parts());
    expect([answer.status, answer.body.code]).toEqual([422, code]);
    expect(JSON.stringify(answer.body)).toMatch(message);
    expect(answer.body.message).not.toContain(house.dataFolder);
    expect((await client.get('/models/bad')).status).toBe(404);
    expect(await storedFiles()).toEqual([]);
  });

  it('names that cannot be used in a reference are refused', async () => {
    const config = { architecture, labels };
    for (const name of ['Upper', 'a:b', '-a', 'x'.repeat(64)]) {
      expect((await upload(name, weights, config)).body.code).toBe('INVALID_REQUEST');
    }
  });
});

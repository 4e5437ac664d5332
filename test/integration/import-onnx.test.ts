import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cost, exportOnnx, findArchitecture, type WeightsSource } from '@coatrack/models';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHouse, type RunningApi, startApi, type TestHouse } from './support/api';
import type { Problem } from './support/client';

const architecture = findArchitecture('efficientnetv2_b0');
const labels = ['daisy', 'rose'];
const size = 64;
const preprocessing = { ...architecture.preprocessing, imageSize: size };

let house: TestHouse;
let api: RunningApi;
/** Exports that say everything of themselves, and nothing. */
let described: Buffer;
let bare: Buffer;

beforeAll(async () => {
  house = await createHouse();
  api = await startApi(house.environment);
  const folder = await mkdtemp(join(tmpdir(), 'coatrack-import-'));
  const path = join(folder, 'model.onnx');
  const to = { classes: labels.length, imageSize: size, precision: 'fp32', path } as const;
  const told = { labels, preprocessing, licence: 'Apache-2.0', source: 'https://example.org' };
  await exportOnnx(architecture, zeros(), { ...to, ...told });
  described = await readFile(path);
  await exportOnnx(architecture, zeros(), to);
  // By another hand.
  bare = await readFile(path);
  bare.write('Coatrick', bare.indexOf('Coatrack'));
  await rm(folder, { recursive: true });
});

afterAll(async () => {
  await api?.stop();
  await house?.remove();
});

function zeros(): WeightsSource {
  const { tensors } = cost(architecture, { imageSize: size, classes: labels.length });
  const shapes = new Map(
    tensors.map(({ name, shape }) => [name, { dtype: 'F32', shape }] as const),
  );
  const length = (name: string) => shapes.get(name)!.shape.reduce((all, side) => all * side, 1);
  return { tensors: shapes, read: async (name) => new Float32Array(length(name)) };
}

const upload = (weights: Uint8Array, config: object) =>
  api.client.upload<Problem>('/models/seen/versions', { config: JSON.stringify(config), weights });

describe('an ONNX classifier', () => {
  it('becomes a version that says what the file says of itself', async () => {
    const { status, body } = await upload(described, { intendedUse: 'Meadows' });
    expect([status, body]).toEqual([201, expect.anything()]);
    expect(body).toMatchObject({
      ...{ architecture: architecture.name, labels, preprocessing, licence: 'Apache-2.0' },
      ...{ source: 'https://example.org', format: 'onnx', intendedUse: 'Meadows' },
    });
    const file = await api.client.get<Buffer>('/models/seen/versions/1/weights');
    expect(file.body.equals(described)).toBe(true);
    expect(file.headers.get('Content-Disposition')).toContain('seen-1.onnx');
  });

  it('of another program is what the form says', async () => {
    const { status, body } = await upload(bare, { architecture: architecture.name, labels });
    expect(status).toBe(201);
    expect(body).toMatchObject({ labels, format: 'onnx', licence: null });
    expect(body).toHaveProperty('preprocessing.imageSize', size);
  });

  it.each([
    ['without a name', {}, 422, 'config.architecture: must name the architecture'],
    ['called another', { architecture: 'efficientnetv2_l', labels }, 422, 'its weights are'],
    [
      'with labels for others',
      { architecture: 'efficientnetv2_b0', labels: ['a'] },
      422,
      '1 label',
    ],
    ['of unknown classes', { architecture: 'efficientnetv2_b0' }, 422, 'name them'],
    [
      'at another size',
      { architecture: 'efficientnetv2_b0', labels, preprocessing: architecture.preprocessing },
      422,
      'must be 64',
    ],
    [
      'with a new head',
      { architecture: 'efficientnetv2_b0', labels, replaceHead: true },
      422,
      'config.replaceHead',
    ],
  ])('is refused %s', async (_, config, status, message) => {
    const before = await house.storedFiles();
    const answer = await upload(bare, config);
    expect([answer.status, answer.body.message]).toEqual([
      status,
      expect.stringContaining(message),
    ]);
    expect(await house.storedFiles()).toEqual(before);
  });

  it('is refused when it is cut', async () => {
    const { status, body } = await upload(described.subarray(0, 100_000), {});
    expect([status, body.code]).toEqual([422, 'INVALID_WEIGHTS']);
    expect(body.message).toMatch(/^weights is not a valid ONNX file: a field at byte/);
  });
});

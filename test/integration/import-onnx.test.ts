import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cost, exportOnnx, findArchitecture, type WeightsSource } from '@coatrack/models';
import { describe, expect } from 'vitest';
import type { RunningApi, TestHouse } from './support/api';
import { it } from './support/fixture';
import type { Problem } from './support/client';
import { type Constant, meanTimes, onnxOf, side, type Step } from './support/onnx';
import { solidImage } from './support/images';
import type { Prediction } from './support/predict';

const architecture = findArchitecture('efficientnetv2_b0');
const labels = ['daisy', 'rose'];
const size = 64;
const preprocessing = { ...architecture.preprocessing, imageSize: size };

let house: TestHouse;
let api: RunningApi;
/** Exports that say everything of themselves, and nothing. */
let described: Buffer;
let bare: Buffer;

it.beforeAll(async ({ api: running, house: own }) => {
  api = running;
  house = own;
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
  it("becomes a version with the file's metadata", async () => {
    const { status, body } = await upload(described, { intendedUse: 'Meadows' });
    expect([status, body]).toEqual([201, expect.anything()]);
    expect(body).toMatchObject({
      architecture: architecture.name,
      labels,
      preprocessing,
      licence: 'Apache-2.0',
      source: 'https://example.org',
      format: 'onnx',
      intendedUse: 'Meadows',
    });
    const file = await api.client.get<Buffer>('/models/seen/versions/1/weights');
    expect(file.body.equals(described)).toBe(true);
    expect(file.headers.get('Content-Disposition')).toContain('seen-1.onnx');
  });

  it('of another program gets its metadata from the form', async () => {
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

  it('is refused if it is cut off', async () => {
    const { status, body } = await upload(described.subarray(0, 100_000), {});
    expect([status, body.code]).toEqual([422, 'INVALID_WEIGHTS']);
    expect(body.message).toMatch(/^weights is not a valid ONNX file: a field at byte/);
  });
});

describe('a graph of another program', () => {
  const w = (classes: number): Constant => ({
    name: 'w',
    dims: [3, classes],
    values: Array.from({ length: 3 * classes }, (_, at) => (at % classes === 1 ? 1 : -1) / 3),
  });
  const steps = meanTimes('x', 'y');

  const create = (name: string, weights: Uint8Array | (Uint8Array | File)[], config: object) =>
    api.client.upload<Problem & { preprocessing: object; notes: string[] }>(
      `/models/${name}/versions`,
      { config: JSON.stringify({ architecture: architecture.name, ...config }), weights },
    );

  /** Probabilities by label for a grey image. */
  async function predict(name: string, value: number): Promise<Record<string, number>> {
    const image = await solidImage(value, value, value, side);
    const answer = await api.client.upload<Prediction>(`/models/${name}/predict`, { image });
    expect([answer.status, answer.body]).toEqual([200, expect.anything()]);
    const [result] = answer.body.results;
    return Object.fromEntries(
      result!.predictions.map(({ label, probability }) => [label, probability]),
    );
  }

  it('that normalises images itself receives unnormalised ones', async () => {
    const scale: Constant = { name: 's', dims: [1], values: [1 / 255] };
    const rescaling: Step[] = [['Mul', ['x', 's'], 'a'], ...meanTimes('a', 'y')];
    const file = onnxOf(rescaling, [scale, w(2)], 2);
    const { status, body } = await create('rescaled', file, { labels });
    expect([status, body]).toMatchObject([
      201,
      {
        preprocessing: { mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255], imageSize: side },
        notes: ['The graph normalises images itself, so it receives values in [0, 255].'],
      },
    ]);
    const { daisy, rose } = await predict('rescaled', 128);
    expect(Math.log(rose! / daisy!)).toBeCloseTo((2 * 128) / 255, 3);
  });

  it('that transforms images in another way requires the preprocessing', async () => {
    const shift: Constant = { name: 's', dims: [3, 1, 1], values: [104, 117, 124] };
    const file = onnxOf([['Sub', ['x', 's'], 'a'], ...meanTimes('a', 'y')], [shift, w(2)], 2);
    const { status, body } = await create('unclear', file, { labels });
    expect([status, body.problems?.[0]?.where]).toEqual([422, 'config.preprocessing']);
    expect((await create('clear', file, { labels, preprocessing })).status).toBe(201);
  });

  it('with one output distinguishes two classes by its sigmoid', async () => {
    const file = onnxOf(
      [...meanTimes('x', 'z'), ['Sigmoid', ['z'], 'y']],
      [{ name: 'w', dims: [3, 1], values: [1, 1, 1] }],
      1,
    );
    const plain = { ...preprocessing, mean: [0, 0, 0], std: [1, 1, 1] };
    const one = await create('single', file, { labels: ['cat'] });
    expect([one.status, one.body.code, one.body.message]).toEqual([
      422,
      'INVALID_LABELS',
      expect.stringContaining('give two labels'),
    ]);
    expect((await create('single', file, { labels, preprocessing: plain })).status).toBe(201);
    const { rose } = await predict('single', 51);
    expect(rose).toBeCloseTo(1 / (1 + Math.exp(-0.6)), 4);
  });

  it('with external weights is merged with them', async () => {
    const elsewhere = { location: 'm.onnx.data', offset: 4 };
    const matrix = w(3);
    const graph = new File(
      [new Uint8Array(onnxOf(steps, [{ ...matrix, elsewhere }], 3))],
      'm.onnx',
    );
    const values = Float32Array.from([99, ...matrix.values]);
    const data = new File([values], 'm.onnx.data');
    const config = { labels: ['a', 'b', 'b'], preprocessing };
    const joined = await create('joined', [graph, data], config);
    expect([joined.status, joined.body]).toMatchObject([201, { labels: ['a', 'b', 'b (2)'] }]);
    const { b } = await predict('joined', 200);
    expect(b).toBeGreaterThan(0.4);
    const alone = await create('alone', [graph], config);
    expect([alone.status, alone.body.message]).toEqual([
      422,
      expect.stringMatching(/in another file, "m.onnx.data": upload that file too, or save them/),
    ]);
    const stranger = new File([values], 'x.data');
    const other = await create('other', [graph, stranger], config);
    expect(other.body.message).toMatch(/not among the uploaded files: x.data/);
    expect(await api.client.get('/models/other')).toMatchObject({ status: 404 });
  });

  it.each<[string, () => Buffer, RegExp]>([
    [
      'of several labels at once',
      () => onnxOf([...meanTimes('x', 'z'), ['Sigmoid', ['z'], 'y']], [w(3)], 3),
      /each of its 3 outputs comes from its own sigmoid.*logits or a softmax/,
    ],
    [
      'of another time',
      () => onnxOf(steps, [w(3)], 3, { irVersion: 99 }),
      /cannot run it: Unsupported model IR version: 99/,
    ],
    [
      'of unknown operators',
      () => onnxOf([...meanTimes('x', 'z'), ['NoSuchOp', ['z'], 'y']], [w(3)], 3),
      /cannot run it: .*NoSuchOp/,
    ],
    ['wider than it says', () => onnxOf(steps, [w(5)], 3), /cannot run it: .*(5|says \[2, 3\])/],
    [
      'of operators that no processor has',
      () => onnxOf([...meanTimes('x', 'z'), ['Inverse', ['z'], 'y', 'com.microsoft']], [w(3)], 3),
      /Inverse is of the domain "com.microsoft"/,
    ],
  ])('is refused: %s', async (_, file, message) => {
    const before = await house.storedFiles();
    const { status, body } = await create('refused', file(), { labels: ['a', 'b', 'c'] });
    expect([status, body.code, body.message]).toEqual([
      422,
      'INVALID_WEIGHTS',
      expect.stringMatching(message),
    ]);
    expect(body.message).not.toMatch(/\.cc|onnxruntime_src|tmp/);
    expect(await house.storedFiles()).toEqual(before);
  });
});

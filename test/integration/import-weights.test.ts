import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openSafetensors, publishedLabels } from '@coatrack/models';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pickle, torchFile, zip } from '../formats/torch-file.mjs';
import { createHouse, type RunningApi, startApi, type TestHouse } from './support/api';
import type { Problem } from './support/client';
import { safetensors, tensorsOf } from './support/weights';

const architecture = 'efficientnetv2_b0';
const labels = ['daisy', 'rose'];

/** Weights that differ from tensor to tensor. */
function tensors(classes: number) {
  return tensorsOf(architecture, classes).map(({ name, shape }, index) => {
    const size = shape.reduce((product, side) => product * side, 1);
    const values = name.endsWith('num_batches_tracked')
      ? BigInt64Array.of(7n)
      : new Float32Array(size).fill(index / 1024);
    return { name, shape, values };
  });
}

const tensorflow = ['stem.index', 'stem.data-00000-of-00002', 'stem.data-00001-of-00002'].map(
  (name) => {
    const bytes = readFileSync(join(__dirname, '../formats/tensorflow/fixtures', name));
    return new File([new Uint8Array(bytes)], name);
  },
);

const dense = (module: string, outputs: number, inputs: number) => [
  {
    name: `${module}.weight`,
    shape: [outputs, inputs],
    values: new Float32Array(outputs * inputs),
  },
  { name: `${module}.bias`, shape: [outputs], values: new Float32Array(outputs) },
];

const bytesOf = ({ buffer }: Float32Array) => new Uint8Array(buffer);

interface Version {
  labels: string[];
  sha256: string;
  parameters: number;
  format: string;
  intendedUse: string | null;
}

const upload = (
  { client }: RunningApi,
  name: string,
  weights: Uint8Array | (Uint8Array | File)[],
  config: object,
) =>
  client.upload<Version & Problem>(`/models/${name}/versions`, {
    config: JSON.stringify({ architecture, ...config }),
    weights,
  });

describe('weights of other formats', () => {
  let house: TestHouse;
  let api: RunningApi;

  beforeAll(async () => {
    house = await createHouse();
    api = await startApi(house.environment);
  });
  afterAll(async () => {
    expect(await api.stop()).toBe(0);
    expect(api.output()).not.toMatch(/ERROR/);
    await house.remove();
  });

  /** What is served of a version, tensor by tensor. */
  async function served(model: string) {
    const { body } = await api.client.get<Buffer>(`/models/${model}/versions/1/weights`);
    const path = join(house.dataFolder, 'served.safetensors');
    await writeFile(path, body);
    return openSafetensors(path);
  }

  it('are converted to safetensors with the same values', async () => {
    const given = tensors(2);
    const { status, body } = await upload(api, 'torch', torchFile(given), {
      labels,
      intendedUse: 'Flowers of a garden.',
    });
    expect([status, body]).toMatchObject([
      201,
      { labels, format: 'safetensors', intendedUse: 'Flowers of a garden.' },
    ]);
    expect((await api.client.get('/models/torch/versions/1')).body).toEqual(body);
    const file = await served('torch');
    expect(file.tensors.size).toBe(given.length);
    for (const { name, shape, values } of given) {
      expect(file.tensors.get(name)?.shape).toEqual(shape);
      // A test runner's own comparison of millions of values takes half a minute.
      const [found, right] = [await file.read(name), Float32Array.from(values, Number)];
      expect(Buffer.compare(bytesOf(found), bytesOf(right)), name).toBe(0);
    }
    await file.close();
    await api.client.delete('/models/torch');
    expect(await house.storedFiles()).toEqual([]);
  });

  it('get a new classifier for new labels, the same each time', async () => {
    const three = ['a', 'b', 'c'];
    const given = torchFile(tensors(1000));
    const first = await upload(api, 'fresh', given, { labels: three, replaceHead: true });
    const second = await upload(api, 'fresh', given, { labels: three, replaceHead: true });
    expect([first.status, second.body.sha256]).toEqual([201, first.body.sha256]);
    const file = await served('fresh');
    expect(file.tensors.get('classifier.weight')?.shape).toEqual([3, 1280]);
    expect(new Set(await file.read('classifier.weight')).size).toBeGreaterThan(1000);
    await file.close();
    await api.client.delete('/models/fresh');
  });

  it('get the published labels if none are given', async () => {
    const { status, body } = await upload(api, 'named', torchFile(tensors(1000)), {});
    expect([status, body.labels]).toEqual([201, publishedLabels(1000)]);
    await api.client.delete('/models/named');
  });

  it('are read with any prefix and any name of the classifier, which the notes report', async () => {
    const wrapped = tensors(2).map(({ name, ...rest }) => ({
      ...rest,
      name: name.replace(/^classifier\./, 'fc.').replace(/^(?!fc\.)/, 'model.net.'),
    }));
    const values = new Float32Array(2);
    const given = torchFile([...wrapped, { name: 'criterion.weight', shape: [2], values }]);
    const { status, body } = await upload(api, 'wrapped', given, {
      architecture: undefined,
      labels: ['crane', 'crane'],
    });
    expect([status, body]).toMatchObject([
      201,
      {
        architecture,
        labels: ['crane', 'crane (2)'],
        notes: [
          'Names and shapes are those of EfficientNetV2-B0 (efficientnetv2_b0).',
          'The weights are those with names that begin with "model.net.".',
          'The classifier is "fc" in the file.',
          'Ignored, as not part of the network: criterion.weight.',
          'Repeated labels were numbered: "crane".',
          expect.stringMatching(/as published for EfficientNetV2-B0, at 224 px/),
        ],
      },
    ]);
    const file = await served('wrapped');
    const [right] = tensors(2).filter(({ name }) => name === 'classifier.bias');
    expect(await file.read('classifier.bias')).toEqual(right!.values);
    await file.close();
    await api.client.delete('/models/wrapped');
  });

  it('with one output distinguish two classes, of which it is the probability of the second', async () => {
    const given = safetensors(tensorsOf(architecture, 1), 0.5);
    const { status } = await upload(api, 'single', given, { labels });
    expect(status).toBe(201);
    const file = await served('single');
    expect([...(await file.read('classifier.bias'))]).toEqual([0, 0.5]);
    await file.close();
    await api.client.delete('/models/single');
  });

  it('that were downloaded here keep their preprocessing and labels', async () => {
    const preprocessing = {
      imageSize: 64,
      cropPercent: 0.9,
      interpolation: 'bilinear',
      mean: [0.5, 0.4, 0.3],
      std: [0.2, 0.3, 0.4],
    };
    const kept = { architecture, labels, preprocessing };
    let number = 0;
    // As it is, without a word of its own; and rewritten, with one.
    for (const weights of [safetensors(tensorsOf(architecture, 2)), torchFile(tensors(2))]) {
      await upload(api, 'first', weights, { labels, preprocessing });
      // Numbers never come again, not even after the model was deleted.
      number++;
      const path = `/models/first/versions/${number}/weights`;
      const { body } = await api.client.get<Buffer>(path);
      const again = await upload(api, 'again', body, { architecture: undefined });
      expect([again.status, again.body]).toMatchObject([201, kept]);
      await api.client.delete('/models/again');
      await api.client.delete('/models/first');
      if (weights.length === body.length) continue;
      const elsewhere = await upload(api, 'again', body, { architecture: undefined });
      expect([elsewhere.status, elsewhere.body]).toMatchObject([201, kept]);
      await api.client.delete('/models/again');
    }
  });

  it.each<[string, () => Uint8Array | (Uint8Array | File)[], object, string, RegExp]>([
    [
      'an unknown number of classes without labels',
      () => torchFile(tensors(2)),
      {},
      'INVALID_LABELS',
      /2 classes have no published labels/,
    ],
    [
      'a new classifier without labels',
      () => torchFile(tensors(2)),
      { replaceHead: true },
      'INVALID_LABELS',
      /a new classifier needs labels/,
    ],
    [
      'labels that do not fit',
      () => torchFile(tensors(2)),
      { labels: ['a'] },
      'INVALID_LABELS',
      /1 labels.*2 classes/,
    ],
    [
      'a pickle that runs something',
      () => {
        const call = pickle.call(pickle.global('os', 'system'), pickle.text('true'));
        return zip([{ name: 'a/data.pkl', bytes: pickle.whole(call) }]);
      },
      { labels },
      'INVALID_WEIGHTS',
      /weights is not a valid PyTorch file: it does not contain a state dict, but an object of os.system/,
    ],
    [
      'a damaged file',
      () => {
        const file = torchFile(tensors(2));
        file[file.length >> 1]! ^= 1;
        return file;
      },
      { labels },
      'INVALID_WEIGHTS',
      /weights is not a valid PyTorch file: .*is damaged/,
    ],
    [
      'those of another network',
      () => torchFile(tensors(2)),
      { labels, architecture: 'efficientnetv2_b1' },
      'INVALID_WEIGHTS',
      /problems.\\nThey fit efficientnetv2_b0: name that architecture, or omit it.*and \d+ more/,
    ],
    [
      'those of no network',
      () => torchFile(tensors(2).slice(0, 300)),
      { labels, architecture: undefined },
      'INVALID_WEIGHTS',
      /no known architecture. They are most similar to efficientnetv2_b0 \(\d+ of 359 tensors\)/,
    ],
    [
      'a classifier of two layers',
      () =>
        torchFile([
          ...tensors(2).filter(({ name }) => !name.startsWith('classifier.')),
          ...dense('classifier.0', 8, 1280),
          ...dense('classifier.2', 2, 8),
        ]),
      { labels },
      'INVALID_WEIGHTS',
      /is not a single dense layer.*classifier.0 \[8, 1280\], classifier.2 \[2, 8\]. Set replaceHead/,
    ],
    [
      'a classifier of one class',
      () => torchFile(tensors(1)),
      { labels: ['cat'] },
      'INVALID_LABELS',
      /one output, which distinguishes two classes; give two labels/,
    ],
    [
      'the first layers of a TensorFlow checkpoint, in three parts',
      () => tensorflow,
      { labels },
      'INVALID_WEIGHTS',
      /^(?!.*conv_stem).*blocks.1.0.conv_exp.weight \(in the file: .*\) is missing/,
    ],
    [
      'a part of a TensorFlow checkpoint',
      () => [tensorflow[1]!],
      { labels },
      'INVALID_WEIGHTS',
      /stem.data-00000-of-00002 is part of a checkpoint, whose `.index` is also needed/,
    ],
    [
      'an image',
      () => Buffer.from('\x89PNG', 'latin1'),
      { labels },
      'INVALID_WEIGHTS',
      /weights is not a valid weights file: it starts with the bytes 89504e47/,
    ],
    [
      'two files of one',
      () => [torchFile(tensors(2)), torchFile(tensors(2))],
      { labels },
      'INVALID_WEIGHTS',
      /conv_stem.weight\\" is in file and in another file/,
    ],
    [
      'thirteen files',
      () => Array.from({ length: 13 }, () => Buffer.from('x')),
      { labels },
      'INVALID_REQUEST',
      /at most 12 files/,
    ],
  ])('are refused and nothing is stored: %s', async (_, weights, config, code, message) => {
    const { status, body } = await upload(api, 'bad', weights(), config);
    expect([status, body.code]).toEqual([422, code]);
    expect(JSON.stringify(body)).toMatch(message);
    expect(JSON.stringify(body)).not.toContain(house.dataFolder);
    expect((await api.client.get('/models/bad')).status).toBe(404);
    expect(await house.storedFiles()).toEqual([]);
  });
});

/** Mounts a small file system for the data folder, which only root can do. */
const mount = (path: string) =>
  spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=36m', 'tmpfs', path]).status === 0;

describe('a disk that fills up while importing', () => {
  it('leaves nothing stored, is reported, and does no lasting harm', async ({ skip }) => {
    const house = await createHouse();
    if (!mount(house.dataFolder)) {
      await house.remove();
      skip('only root can mount a small file system');
    }
    try {
      const api = await startApi(house.environment);
      // 24 MB: it fits as it is, but not a second time with a new classifier.
      const weights = safetensors(tensorsOf(architecture, 2));
      const { status, body } = await upload(api, 'm', weights, { labels, replaceHead: true });
      expect([status, body.code]).toEqual([507, 'STORAGE_FULL']);
      expect(await house.storedFiles()).toEqual([]);
      expect((await api.client.get('/models/m')).status).toBe(404);
      const larger = await upload(api, 'm', Buffer.concat([weights, weights]), { labels });
      expect([larger.status, larger.body.code]).toEqual([507, 'STORAGE_FULL']);
      expect(await house.storedFiles()).toEqual([]);
      expect((await upload(api, 'm', weights, { labels })).status).toBe(201);
      expect(await api.stop()).toBe(0);
    } finally {
      spawnSync('umount', [house.dataFolder]);
      await house.remove();
    }
  });
});

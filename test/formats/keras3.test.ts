import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { classesOf, openWeights, WeightsFormatError } from '@coatrack/models';
import { File, FS, type Group, ready } from 'h5wasm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { b0, openB0 } from './b0';
import { zip } from './torch-file.mjs';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keras3-'));
  await ready;
});
afterAll(() => rm(folder, { recursive: true }));

type Layer = [group: string, name: string | undefined, variables: number[][]];

/** Layers as Keras 3 puts them into a file: in a group of their class, their own name an attribute. */
function hdf5(layers: readonly Layer[]): Uint8Array {
  const file = new File('keras3.h5', 'w');
  for (const [group, name, variables] of layers) {
    const vars = groupAt(file, `${group}/vars`);
    if (name !== undefined) vars.create_attribute('name', name);
    variables.forEach((shape, index) => {
      const size = shape.reduce((product, side) => product * side, 1);
      const data = new Float32Array(size).fill(index + 1);
      vars.create_dataset({ name: String(index), data, shape });
    });
  }
  file.close();
  return FS!.readFile('keras3.h5') as Uint8Array;
}

/** The library makes one group at a time. */
function groupAt(file: File, path: string): Group {
  const parts = path.split('/');
  for (let depth = 1; depth <= parts.length; depth++) {
    const above = parts.slice(0, depth).join('/');
    if (!file.get(above)) file.create_group(above);
  }
  return file.get(path) as Group;
}

const norm = (channels: number) => [[channels], [channels], [channels], [channels]];
const stem: Layer[] = [
  ['layers/functional/layers/conv2d', 'stem_conv', [[3, 3, 3, 32]]],
  ['layers/functional/layers/batch_normalization', 'stem_bn', norm(32)],
  ['layers/functional/layers/normalization', 'normalization', [[3], [3], []]],
  ['layers/functional/layers/activation', 'stem_activation', []],
  ['layers/dense', 'my_head', [[1280, 2], [2]]],
  ['optimizer', 'sgd', [[1280, 2]]],
];

async function open(bytes: Uint8Array) {
  const path = join(folder, 'file');
  await writeFile(path, bytes);
  return openB0([path], folder);
}

const keras = (weights: Uint8Array, rest: object = {}) =>
  zip([
    { name: 'metadata.json', bytes: Buffer.from('{"keras_version": "3.15.0"}') },
    { name: 'config.json', bytes: Buffer.from('{}') },
    { name: 'model.weights.h5', bytes: Buffer.from(weights), ...rest },
  ]);

describe('what Keras 3 saves', () => {
  it.each([
    ['.weights.h5', () => hdf5(stem)],
    ['.keras', () => keras(hdf5(stem))],
  ])("is read by its layers' names: %s", async (_, bytes) => {
    const weights = await open(bytes());
    expect(weights.format).toBe('keras');
    expect(weights.nameInFile?.('conv_stem.weight')).toBe(
      'layers/functional/layers/conv2d/stem_conv/kernel',
    );
    const kinds = ['weight', 'bias', 'running_mean', 'running_var'];
    for (const [at, kind] of kinds.entries()) {
      expect(new Set(await weights.read(`bn1.${kind}`))).toEqual(new Set([at + 1]));
    }
    expect(weights.tensors.get('classifier.weight')?.shape).toEqual([2, 1280]);
    expect(classesOf(weights, b0)).toBe(2);
    expect(weights.tensors.size).toBe(7);
    await weights.close();
  });

  it.each([
    ['LayerNormalization', 2],
    ['BatchNormalization without a scale', 3],
  ])('is not read as if a norm before the classifier were not there: %s', async (_, variables) => {
    const vectors = Array.from({ length: variables }, () => [1280]);
    const weights = await open(hdf5([...stem, ['layers/norm', 'my_norm', vectors]]));
    expect([...weights.tensors.keys()].filter((name) => name.includes('my_norm'))).toHaveLength(
      variables,
    );
    await weights.close();
  });

  it.each<[string, () => Uint8Array, RegExp]>([
    [
      'without names of layers',
      () => hdf5([['layers/dense', undefined, [[2, 2]]]]),
      /early versions of Keras 3.*model.save\("model.h5"\)/,
    ],
    ['without layers', () => hdf5([['optimizer', 'sgd', [[2, 2]]]]), /neither the attribute/],
    ['too deep', () => hdf5([[`${'a/'.repeat(20)}b`, 'x', [[2, 2]]]]), /too deeply/],
    [
      'a .keras without weights',
      () => zip([{ name: 'config.json', bytes: Buffer.from('{}') }]),
      /without model.weights.h5/,
    ],
    [
      'a .keras with an archive bomb',
      () => keras(hdf5(stem), { method: 8, size: 2 ** 31 }),
      /unpacks to 2147483648 bytes from/,
    ],
    ['a damaged .keras', () => keras(hdf5(stem)).subarray(0, 5000), /archive is damaged/],
  ])('is refused: %s', async (_, bytes, message) => {
    const opening = open(bytes());
    await expect(opening).rejects.toThrow(WeightsFormatError);
    await expect(opening).rejects.toThrow(message);
  });
});

describe('zip files of other kinds', () => {
  const bytes = Buffer.from('x');
  it.each([
    [
      'TorchScript',
      ['m/data.pkl', 'm/code/__torch__/net.py', 'm/constants.pkl'],
      /is TorchScript.*torch.jit.load\(path\).state_dict\(\)/,
    ],
    ['torch.export', ['m/archive_format', 'm/models/model.json'], /program of torch.export/],
    ['arrays of NumPy', ['conv_stem.weight.npy'], /NumPy arrays/],
    ['a zip of weights', ['weights/model.pth'], /contains "weights\/model.pth": unpack it/],
  ])('are named: %s', async (_, names, message) => {
    const entries = names.map((name) => ({ name, bytes, method: name.endsWith('.py') ? 8 : 0 }));
    await writeFile(join(folder, 'other'), zip(entries));
    const files = [{ name: 'other', path: join(folder, 'other') }];
    const opening = openWeights(files, { architecture: b0, temporaryFolder: folder });
    await expect(opening).rejects.toThrow(message);
  });
});

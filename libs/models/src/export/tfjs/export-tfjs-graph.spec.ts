import '@tensorflow/tfjs-backend-cpu';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findArchitecture } from '../../architectures/catalogue';
import { Classifier } from '../../classifier/classifier';
import { coAtNet, efficientNet, options, sourceOf } from '../../classifier/small-networks.fixture';
import { cost } from '../../interpreters/cost/cost';
import type { WeightsSource } from '../../weights/weights-source';
import { exportTfjsGraph, type TfjsGraphExportOptions } from './export-tfjs-graph';

let parent: string;
let folder: string;
beforeEach(async () => {
  await tf.setBackend('cpu');
  parent = await mkdtemp(join(tmpdir(), 'coatrack-tfjs-'));
  folder = join(parent, 'network');
});
afterEach(() => rm(parent, { recursive: true }));

const to = (rest: Partial<TfjsGraphExportOptions> = {}): TfjsGraphExportOptions => ({
  classes: options.classes,
  imageSize: options.imageSize,
  precision: 'fp32',
  folder,
  ...rest,
});

interface Weight {
  shape: number[];
  dtype: string;
  quantization?: object;
}

interface Model {
  modelTopology: { node: { op: string }[] };
  signature: object;
  userDefinedMetadata: object;
  weightsManifest: { paths: string[]; weights: Weight[] }[];
}

async function readModel(): Promise<Model> {
  return JSON.parse(await readFile(join(folder, 'model.json'), 'utf8')) as Model;
}

async function shardSizes(): Promise<number[]> {
  const { weightsManifest } = await readModel();
  const stats = weightsManifest[0].paths.map((path) => stat(join(folder, path)));
  return (await Promise.all(stats)).map(({ size }) => size);
}

describe('exportTfjsGraph', () => {
  it('batch norms are folded into the layers before and after them', async () => {
    for (const [index, architecture] of [efficientNet, coAtNet].entries()) {
      folder = join(parent, String(index));
      const source = await sourceOf(new Classifier(architecture, options));
      await exportTfjsGraph(architecture, source, to());
      const operators = new Set((await readModel()).modelTopology.node.map(({ op }) => op));
      expect(operators).toContain('_FusedConv2D');
      expect(operators).not.toContain('FusedBatchNormV3');
    }
  });

  it('the model has labels, preprocessing and origin as metadata', async () => {
    const told = {
      labels: ['cat', 'dog', 'naïve "quotes"', '猫', ''],
      preprocessing: efficientNet.preprocessing,
      licence: 'Apache-2.0',
      source: 'https://example.org/weights',
    };
    const source = await sourceOf(new Classifier(efficientNet, options));
    await exportTfjsGraph(efficientNet, source, to(told));
    const { signature, userDefinedMetadata } = await readModel();
    expect(userDefinedMetadata).toEqual({ architecture: 'efficientnetv2_b0', ...told });
    const shape = (...sizes: string[]) => ({ dim: sizes.map((size) => ({ size })) });
    expect(signature).toMatchObject({
      inputs: { images: { dtype: 'DT_FLOAT', tensorShape: shape('-1', '32', '32', '3') } },
      outputs: { logits: { dtype: 'DT_FLOAT', tensorShape: shape('-1', '5') } },
    });
  });

  it('only matrices and kernels are stored in half precision', async () => {
    const source = await sourceOf(new Classifier(coAtNet, options));
    await exportTfjsGraph(coAtNet, source, to({ precision: 'fp16' }));
    const [{ weights }] = (await readModel()).weightsManifest;
    const quantized = weights.map(({ shape, dtype, quantization }) => [
      dtype === 'float32' && shape.length > 1,
      !!quantization,
    ]);
    for (const [wanted, actual] of quantized) expect(actual).toBe(wanted);
    expect(quantized.some(([, actual]) => actual)).toBe(true);
  });

  it('weights are split into shards of 4 MiB', async () => {
    const architecture = findArchitecture('efficientnetv2_b0');
    await exportTfjsGraph(architecture, zerosOf(architecture.name), to());
    const sizes = await shardSizes();
    expect(sizes.length).toBeGreaterThan(4);
    expect(new Set(sizes.slice(0, -1))).toEqual(new Set([4 * 2 ** 20]));
    expect(sizes.at(-1)).toBeLessThanOrEqual(4 * 2 ** 20);
  });
});

describe('nothing is written', () => {
  afterEach(async () => expect(await readdir(parent)).toEqual([]));

  it('when labels and classes differ in number', async () => {
    const source = await sourceOf(new Classifier(efficientNet, options));
    await expect(exportTfjsGraph(efficientNet, source, to({ labels: ['cat'] }))).rejects.toThrow(
      new RangeError('There are 1 labels for 5 classes.'),
    );
  });

  it('when weights cannot be read', async () => {
    const { tensors, read } = await sourceOf(new Classifier(efficientNet, options));
    const broken = (name: string) =>
      name === 'classifier.weight' ? Promise.reject(new Error('the disk is gone')) : read(name);
    await expect(exportTfjsGraph(efficientNet, { tensors, read: broken }, to())).rejects.toThrow(
      'the disk is gone',
    );
  });

  it('when half precision cannot represent a weight', async () => {
    const { tensors, read } = await sourceOf(new Classifier(efficientNet, options));
    const large = async (name: string) => {
      const values = await read(name);
      return name === 'classifier.weight' ? values.fill(-70000) : values;
    };
    await expect(
      exportTfjsGraph(efficientNet, { tensors, read: large }, to({ precision: 'fp16' })),
    ).rejects.toThrow(/"classifier.weight" contains -70000, which half precision cannot represent/);
  });
});

it('a folder that is not empty is refused and unchanged', async () => {
  await mkdir(folder);
  await writeFile(join(folder, 'notes'), 'mine');
  const source = await sourceOf(new Classifier(efficientNet, options));
  await expect(exportTfjsGraph(efficientNet, source, to())).rejects.toThrow(/is not empty/);
  expect(await readdir(folder)).toEqual(['notes']);
});

function zerosOf(name: string): WeightsSource {
  const { tensors } = cost(findArchitecture(name), options);
  const sizes = new Map(tensors.map(({ name, shape }) => [name, shape]));
  const size = (name: string) => sizes.get(name)!.reduce((product, side) => product * side, 1);
  return {
    tensors: new Map(tensors.map(({ name, shape }) => [name, { dtype: 'F32', shape }])),
    read: async (name) => new Float32Array(size(name)),
  };
}

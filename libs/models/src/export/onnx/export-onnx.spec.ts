import '@tensorflow/tfjs-backend-cpu';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findArchitecture } from '../../architectures/catalogue';
import { Classifier } from '../../classifier/classifier';
import { coAtNet, efficientNet, options, sourceOf } from '../../classifier/small-networks.fixture';
import { cost } from '../../interpreters/cost/cost';
import type { WeightsSource } from '../../weights/weights-source';
import { exportOnnx, type OnnxExportOptions } from './export-onnx';
import { modelType } from './onnx-proto';

let folder: string;
let path: string;

beforeEach(async () => {
  await tf.setBackend('cpu');
  folder = await mkdtemp(join(tmpdir(), 'coatrack-onnx-'));
  path = join(folder, 'network.onnx');
});
afterEach(() => rm(folder, { recursive: true }));

const to = (rest: Partial<OnnxExportOptions> = {}): OnnxExportOptions => ({
  classes: options.classes,
  imageSize: options.imageSize,
  precision: 'fp32',
  path,
  ...rest,
});

interface Model {
  irVersion: number;
  opsetImport: object[];
  metadataProps: { key: string; value: string }[];
  graph: {
    node: { opType: string }[];
    initializer: { rawData: Uint8Array }[];
    input: { type: { tensorType: { shape: { dim: object[] } } } }[];
    output: Model['graph']['input'];
  };
}

async function readModel(): Promise<Model> {
  const message = modelType.decode(await readFile(path));
  return modelType.toObject(message, { longs: Number }) as Model;
}

function countOperators({ graph }: Model): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { opType } of graph.node) counts[opType] = (counts[opType] ?? 0) + 1;
  return counts;
}

/** Returns the source with one tensor's values replaced. */
function withValues(source: WeightsSource, name: string, values: () => Float32Array) {
  const read = async (asked: string) => (asked === name ? values() : source.read(asked));
  return { tensors: source.tensors, read };
}

describe('exportOnnx', () => {
  it('batch norms are folded into the layers before and after them', async () => {
    for (const architecture of [efficientNet, coAtNet]) {
      await exportOnnx(architecture, await sourceOf(new Classifier(architecture, options)), to());
      const counts = countOperators(await readModel());
      expect(counts.Conv).toBeGreaterThan(5);
      expect(counts.BatchNormalization).toBeUndefined();
    }
  });

  it('the file has labels, preprocessing and origin as metadata', async () => {
    const labels = ['cat', 'dog', 'naïve "quotes"', '猫', ''];
    const { preprocessing } = efficientNet;
    const source = await sourceOf(new Classifier(efficientNet, options));
    await exportOnnx(
      efficientNet,
      source,
      to({ labels, preprocessing, licence: 'Apache-2.0', source: 'https://example.org/weights' }),
    );
    const { graph, irVersion, metadataProps, opsetImport } = await readModel();
    expect([irVersion, opsetImport]).toEqual([8, [{ domain: '', version: 17 }]]);
    const metadata = Object.fromEntries(metadataProps.map(({ key, value }) => [key, value]));
    expect(JSON.parse(metadata.labels)).toEqual(labels);
    expect(JSON.parse(metadata.preprocessing)).toEqual(preprocessing);
    expect(metadata).toMatchObject({
      architecture: 'efficientnetv2_b0',
      licence: 'Apache-2.0',
      source: 'https://example.org/weights',
    });
    const shapes = [graph.input[0], graph.output[0]].map(({ type }) => type.tensorType.shape.dim);
    expect(shapes).toEqual([
      [{ dimParam: 'batch' }, { dimValue: 3 }, { dimValue: 32 }, { dimValue: 32 }],
      [{ dimParam: 'batch' }, { dimValue: 5 }],
    ]);
  });

  it('half precision halves the file', async () => {
    const source = await sourceOf(new Classifier(efficientNet, options));
    const bytes = async (precision: 'fp32' | 'fp16') => {
      await exportOnnx(efficientNet, source, to({ precision }));
      const { graph } = await readModel();
      return graph.initializer.reduce((sum, { rawData }) => sum + rawData.length, 0);
    };
    expect((await bytes('fp32')) / (await bytes('fp16'))).toBe(2);
  });
});

describe('nothing is written', () => {
  afterEach(async () => expect(await readdir(folder)).toEqual([]));

  it('when labels and classes differ in number', async () => {
    const source = await sourceOf(new Classifier(efficientNet, options));
    await expect(exportOnnx(efficientNet, source, to({ labels: ['cat'] }))).rejects.toThrow(
      new RangeError('There are 1 labels for 5 classes.'),
    );
  });

  it('when the weights are of another network', async () => {
    const source = await sourceOf(new Classifier(efficientNet, options));
    await expect(exportOnnx(coAtNet, source, to())).rejects.toThrow(
      /stem\.conv1\.weight is missing/,
    );
  });

  it('when half precision cannot represent a weight', async () => {
    const source = await sourceOf(new Classifier(efficientNet, options));
    const large = withValues(source, 'classifier.bias', () => Float32Array.of(1, 2, -70000, 4, 5));
    await expect(exportOnnx(efficientNet, large, to({ precision: 'fp16' }))).rejects.toThrow(
      '"classifier.bias" contains -70000, which half precision cannot represent: its largest number is 65504.',
    );
  });

  it('when the file would exceed the limit of ONNX files', async () => {
    const architecture = findArchitecture('coatnet_7');
    const { tensors } = cost(architecture, { imageSize: 224, classes: 5 });
    const source: WeightsSource = {
      tensors: new Map(tensors.map(({ name, shape }) => [name, { dtype: 'F32', shape }])),
      read: () => Promise.reject(new Error('no values are wanted')),
    };
    await expect(exportOnnx(architecture, source, to({ imageSize: 224 }))).rejects.toThrow(
      /the limit of an ONNX file is 2147483647/,
    );
  });
});

it('an existing file is kept when weights cannot be read', async () => {
  const source = await sourceOf(new Classifier(efficientNet, options));
  await exportOnnx(efficientNet, source, to());
  const before = await readFile(path);
  const broken = withValues(source, 'classifier.weight', () => {
    throw new Error('the disk is gone');
  });
  await expect(exportOnnx(efficientNet, broken, to())).rejects.toThrow('the disk is gone');
  expect(await readdir(folder)).toEqual(['network.onnx']);
  expect((await readFile(path)).equals(before)).toBe(true);
});

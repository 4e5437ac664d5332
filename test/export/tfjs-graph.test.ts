import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selectEngine } from '@coatrack/kernels';
import {
  Classifier,
  exportTfjsGraph,
  findArchitecture,
  readTfjsGraph,
  type TfjsGraphExportOptions,
} from '@coatrack/models';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filledImage } from '../parity/fill';
import {
  architectureOf,
  filledClassifier,
  filledWeights,
  forwardReference,
} from '../parity/reference';
import { largestDifference } from './difference';

/** Between them all operators and both paddings. */
const references = [
  'tf_efficientnetv2_b0@65',
  'torchvision_efficientnet_v2_s',
  'coatnet_bn_0_rw_224',
  'coatnet_0_224',
  'coatnet_rmlp_nano_rw_224',
  'coatnext_nano_rw_224',
];

let folder: string;

beforeAll(async () => {
  await selectEngine('wasm');
  folder = await mkdtemp(join(tmpdir(), 'coatrack-export-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** @returns logits [images · 1000] of the exported network */
async function runExported(
  name: string,
  images: readonly Float32Array[],
  options: Pick<TfjsGraphExportOptions, 'imageSize' | 'precision'>,
) {
  const { imageSize: size, precision } = options;
  const to = join(folder, `${name}.${size}.${precision}`);
  const weights = filledWeights(forwardReference(name).state);
  await exportTfjsGraph(architectureOf(name), weights, { ...options, classes: 1000, folder: to });
  const logits = await runGraph(to, stack(images, size));
  expect(logits).toHaveLength(images.length * 1000);
  return logits;
}

/** Frees the images. @returns logits [batch · classes] */
async function runGraph(from: string, images: tf.Tensor4D) {
  const model = await loadGraphModel(readTfjsGraph(from));
  const logits = model.predict(images) as tf.Tensor2D;
  const values = await logits.data();
  tf.dispose([images, logits]);
  model.dispose();
  return values;
}

function stack(images: readonly Float32Array[], size: number): tf.Tensor4D {
  return tf.tidy(
    () => tf.stack(images.map((pixels) => tf.tensor3d(pixels, [size, size, 3]))) as tf.Tensor4D,
  );
}

describe('an exported TensorFlow.js graph', () => {
  it.each(references)('computes what timm or torchvision does: %s', async (name) => {
    const { input_size, logits, logits2_first8 } = forwardReference(name);
    const size = input_size[1];
    const images = [filledImage('input', size), filledImage('input2', size)];
    const both = await runExported(name, images, { imageSize: size, precision: 'fp32' });
    expect(largestDifference(both.slice(0, 1000), logits)).toBeLessThan(3e-5);
    expect(largestDifference(both.slice(1000, 1008), logits2_first8)).toBeLessThan(3e-5);
  });

  it('pools maxima at the edges as TensorFlow.js does here', async () => {
    const architecture = findArchitecture('coatnet_rmlp_1_rw_224');
    const size = 64;
    const classifier = new Classifier(architecture, { classes: 1000, imageSize: size, seed: 1 });
    const tensors = new Map(classifier.save().map((tensor) => [tensor.name, tensor]));
    const read = async (name: string) => (await tensors.get(name)!.data()) as Float32Array;
    const to = join(folder, architecture.name);
    await exportTfjsGraph(
      architecture,
      { tensors, read },
      {
        classes: 1000,
        imageSize: size,
        precision: 'fp32',
        folder: to,
      },
    );
    const images = stack([filledImage('input', size)], size);
    const here = tf.tidy(() => classifier.predict(images).dataSync());
    classifier.dispose();
    const there = await runGraph(to, images);
    expect(largestDifference(there, here)).toBeLessThan(3e-5);
    expect(Math.max(...here) - Math.min(...here)).toBeGreaterThan(0.1);
  });

  it('looks at images of another size than its position tables are for', async () => {
    const name = 'coatnet_pico_rw_224';
    const images = [filledImage('input', 96)];
    const there = await runExported(name, images, { imageSize: 96, precision: 'fp32' });
    const classifier = await filledClassifier(name, 96);
    const here = tf.tidy(() => classifier.predict(stack(images, 96)).dataSync());
    classifier.dispose();
    expect(largestDifference(there, here)).toBeLessThan(3e-5);
  });

  it.each(['tf_efficientnetv2_b0@65', 'coatnet_rmlp_nano_rw_224', 'coatnext_nano_rw_224'])(
    'computes nearly the same of weights in half precision: %s',
    async (name) => {
      const { input_size, logits } = forwardReference(name);
      const size = input_size[1];
      const images = [filledImage('input', size)];
      const halved = await runExported(name, images, { imageSize: size, precision: 'fp16' });
      const spread = Math.max(...logits) - Math.min(...logits);
      const difference = largestDifference(halved, logits) / spread;
      expect(difference).toBeLessThan(1e-3);
      // Not single precision under another name.
      expect(difference).toBeGreaterThan(1e-6);
    },
  );
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selectEngine } from '@coatrack/kernels';
import {
  checkOnnxArchitecture,
  exportOnnx,
  onnxInput,
  type OnnxExportOptions,
  onnxOutput,
  readOnnxClassifier,
} from '@coatrack/models';
import * as tf from '@tensorflow/tfjs-core';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filledImage } from '../parity/fill';
import {
  architectureOf,
  filledClassifier,
  filledWeights,
  forwardReference,
  forwardReferences,
} from '../parity/reference';
import { largestDifference } from './difference';

/** Larger ones are the same parts, more of them. */
const small = forwardReferences.filter((name) => forwardReference(name).params < 30e6);

let folder: string;

beforeAll(async () => {
  await selectEngine('wasm');
  folder = await mkdtemp(join(tmpdir(), 'coatrack-export-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function exported(
  name: string,
  options: Pick<OnnxExportOptions, 'imageSize' | 'precision'>,
): Promise<string> {
  const path = join(folder, `${name}.onnx`);
  const weights = filledWeights(forwardReference(name).state);
  await exportOnnx(architectureOf(name), weights, { ...options, classes: 1000, path });
  return path;
}

/** @returns logits [images · 1000] */
async function runOnnx(path: string, images: readonly Float32Array[], size: number) {
  const session = await InferenceSession.create(path, { intraOpNumThreads: 2 });
  const values = images.flatMap((pixels) => Array.from(channelsFirst(pixels)));
  const tensor = new Tensor('float32', values, [images.length, 3, size, size]);
  const results = await session.run({ [onnxInput]: tensor });
  await session.release();
  expect(results[onnxOutput].dims).toEqual([images.length, 1000]);
  return results[onnxOutput].data as Float32Array;
}

/** @returns logits [images · 1000] */
async function runTensorFlow(name: string, images: readonly Float32Array[], size: number) {
  const classifier = await filledClassifier(name, size);
  const logits = tf.tidy(() => {
    const batch = tf.stack(images.map((pixels) => tf.tensor3d(pixels, [size, size, 3])));
    return classifier.predict(batch as tf.Tensor4D).dataSync();
  });
  classifier.dispose();
  return logits;
}

/** @param pixels [size, size, 3] → [3, size, size] */
function channelsFirst(pixels: Float32Array): Float32Array {
  const positions = pixels.length / 3;
  return pixels.map((_, index) => pixels[(index % positions) * 3 + Math.floor(index / positions)]);
}

describe('an exported ONNX file', () => {
  it.each(small)('computes what timm and TensorFlow.js do: %s', async (name) => {
    const { input_size, logits, logits2_first8 } = forwardReference(name);
    const size = input_size[1];
    const path = await exported(name, { imageSize: size, precision: 'fp32' });
    const classifier = await readOnnxClassifier(path);
    expect(classifier).toMatchObject({ imageSize: size, classes: 1000, batch: null });
    checkOnnxArchitecture(path, classifier, architectureOf(name));

    const images = [filledImage('input', size), filledImage('input2', size)];
    const one = await runOnnx(path, images.slice(0, 1), size);
    expect(largestDifference(one, logits)).toBeLessThan(3e-5);
    const both = await runOnnx(path, images, size);
    expect(largestDifference(both.slice(1000, 1008), logits2_first8)).toBeLessThan(3e-5);
    expect(largestDifference(both, await runTensorFlow(name, images, size))).toBeLessThan(3e-5);
  });

  it('looks at images of another size than its position tables are for', async () => {
    const name = 'coatnet_pico_rw_224';
    const path = await exported(name, { imageSize: 96, precision: 'fp32' });
    const images = [filledImage('input', 96)];
    const here = await runTensorFlow(name, images, 96);
    expect(largestDifference(await runOnnx(path, images, 96), here)).toBeLessThan(3e-5);
  });

  it.each(['tf_efficientnetv2_b0@65', 'coatnet_pico_rw_224', 'coatnext_nano_rw_224'])(
    'computes nearly the same in half precision: %s',
    async (name) => {
      const { input_size, logits } = forwardReference(name);
      const size = input_size[1];
      const path = await exported(name, { imageSize: size, precision: 'fp16' });
      const halved = await runOnnx(path, [filledImage('input', size)], size);
      const spread = Math.max(...logits) - Math.min(...logits);
      const difference = largestDifference(halved, logits) / spread;
      expect(difference).toBeLessThan(0.01);
      // Not single precision under another name.
      expect(difference).toBeGreaterThan(1e-6);
    },
  );
});

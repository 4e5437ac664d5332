import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selectEngine } from '@coatrack/kernels';
import { exportOnnx, onnxInput, onnxOutput } from '@coatrack/models';
import * as tf from '@tensorflow/tfjs-core';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { picture } from './parity/fill';
import {
  architectureOf,
  filledClassifier,
  filledWeights,
  forwardReference,
} from './parity/reference';

let folder: string;

beforeAll(async () => {
  await selectEngine('wasm');
  folder = await mkdtemp(join(tmpdir(), 'coatrack-export-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** @param pixels [size, size, 3] → [3, size, size] */
function channelsFirst(pixels: Float32Array): Float32Array {
  const positions = pixels.length / 3;
  return Float32Array.from(
    pixels,
    (_, index) => pixels[(index % positions) * 3 + Math.floor(index / positions)],
  );
}

async function run(path: string, pictures: Float32Array[], size: number): Promise<Float32Array> {
  const session = await InferenceSession.create(path, { intraOpNumThreads: 2 });
  const data = new Float32Array(pictures.length * 3 * size * size);
  for (const [index, pixels] of pictures.entries()) {
    data.set(channelsFirst(pixels), index * pixels.length);
  }
  const images = new Tensor('float32', data, [pictures.length, 3, size, size]);
  const { [onnxOutput]: logits } = await session.run({ [onnxInput]: images });
  await session.release();
  return logits.data as Float32Array;
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Array.from(a, (value, index) => Math.abs(value - b[index])).reduce((x, y) =>
    Math.max(x, y),
  );
}

describe('an exported ONNX file computes what TensorFlow.js and timm do', () => {
  it.each([
    'tf_efficientnetv2_b0',
    'tf_efficientnetv2_b0@65',
    'tf_efficientnetv2_s',
    'coatnet_0_224',
  ])('%s', async (name) => {
    const reference = forwardReference(name);
    const size = reference.input_size[1];
    const path = join(folder, `${name}.onnx`);
    const options = { classes: 1000, imageSize: size, precision: 'fp32', path } as const;
    await exportOnnx(architectureOf(name), filledWeights(reference.state), options);

    const pictures = ['input', 'input2'].map((seed) => picture(seed, size));
    const both = await run(path, pictures, size);
    const classifier = await filledClassifier(name, size);
    const here = tf.tidy(() =>
      classifier
        .predict(
          tf.stack(pictures.map((pixels) => tf.tensor3d(pixels, [size, size, 3]))) as tf.Tensor4D,
        )
        .dataSync(),
    );
    classifier.dispose();
    const single = await run(path, pictures.slice(0, 1), size);
    console.log(
      name,
      largestDifference(single, reference.logits),
      largestDifference(both, here),
      largestDifference(both.subarray(1000, 1008), reference.logits2_first8),
    );
    expect(largestDifference(single, reference.logits)).toBeLessThan(2e-5);
    expect(largestDifference(both, here)).toBeLessThan(2e-5);
    expect(largestDifference(both.subarray(1000, 1008), reference.logits2_first8)).toBeLessThan(
      2e-5,
    );
  });
});

import { availableEngines, selectEngine } from '@coatrack/kernels';
import { Classifier, findArchitecture } from '@coatrack/models';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

// One thread: test files run side by side, and threads of one computation that wait for each other would starve.
process.env['COATRACK_THREADS'] = '1';
const torch = (await availableEngines()).find(({ name }) => name === 'torch')!;

/** Seeded values, the same on every engine. */
function values(shape: number[], seed: number, scale = 1): tf.Tensor {
  let state = seed * 2654435761;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 31 - 1) * scale;
  };
  return tf.tensor(Float32Array.from({ length: tf.util.sizeFromShape(shape) }, next), shape);
}

type Case = { inputs: number[][]; run: (...inputs: tf.Tensor[]) => tf.Tensor };

const conv = (
  x: number[],
  filter: number[],
  stride: number,
  pad: 'same' | 'valid' | number,
): Case => ({
  inputs: [x, filter],
  run: (x, f) => tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, stride, pad),
});
const depthwise = (x: number[], filter: number[], stride: number, pad: 'same' | number): Case => ({
  inputs: [x, filter],
  run: (x, f) => tf.depthwiseConv2d(x as tf.Tensor4D, f as tf.Tensor4D, stride, pad),
});

const cases: Record<string, Case> = {
  'a 3×3 convolution': conv([2, 9, 8, 24], [3, 3, 24, 40], 1, 'same'),
  'a 3×3 convolution of stride 2, padded on one side': conv(
    [2, 8, 8, 16],
    [3, 3, 16, 24],
    2,
    'same',
  ),
  'a 3×3 convolution of stride 2, padded on both': conv([2, 8, 8, 3], [3, 3, 3, 24], 2, 1),
  'a 1×1 convolution': conv([2, 4, 4, 96], [1, 1, 96, 24], 1, 'valid'),
  'a 1×1 convolution of one pixel': conv([2, 1, 1, 48], [1, 1, 48, 12], 1, 'same'),
  'a depthwise convolution': depthwise([2, 7, 7, 40], [3, 3, 40, 1], 1, 'same'),
  'a depthwise convolution of 3 channels': depthwise([2, 5, 6, 3], [3, 3, 3, 1], 1, 'same'),
  'a depthwise convolution of stride 2, padded on one side': depthwise(
    [2, 8, 6, 96],
    [3, 3, 96, 1],
    2,
    'same',
  ),
  'a depthwise convolution of stride 2, padded on both': depthwise(
    [2, 8, 8, 33],
    [3, 3, 33, 1],
    2,
    1,
  ),
  'a depthwise convolution with a multiplier': depthwise([2, 5, 5, 6], [3, 3, 6, 2], 1, 'same'),
  'a depthwise convolution of 5×5': depthwise([1, 8, 8, 16], [5, 5, 16, 1], 1, 'same'),
  'average pooling': {
    inputs: [[2, 8, 8, 24]],
    run: (x) => tf.avgPool(x as tf.Tensor4D, 2, 2, 'valid'),
  },
  'global pooling': { inputs: [[2, 8, 7, 24]], run: (x) => tf.mean(x, [1, 2], true) },
  'a gate per channel': {
    inputs: [
      [2, 6, 6, 24],
      [2, 1, 1, 24],
    ],
    run: (x, gate) => tf.mul(x, tf.sigmoid(gate)),
  },
};

/** Result and gradients of a case; the incoming gradient is as uneven as the inputs. */
async function evaluate({ inputs, run }: Case): Promise<Float32Array[]> {
  const tensors = tf.tidy(() => {
    const xs = inputs.map((shape, index) => values(shape, index + 1));
    const y = run(...xs);
    return [y, ...tf.grads(run)(xs, values(y.shape, 99))];
  });
  const read = await Promise.all(tensors.map((tensor) => tensor.data()));
  tf.dispose(tensors);
  return read as Float32Array[];
}

/** The largest difference, relative to the largest value, or to a value that counts as large in any case. */
function difference(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  atLeast = 1e-6,
): number {
  let [worst, largest] = [0, atLeast];
  for (let i = 0; i < expected.length; i++) {
    worst = Math.max(worst, Math.abs(actual[i]! - expected[i]!));
    largest = Math.max(largest, Math.abs(expected[i]!));
  }
  return worst / largest;
}

describe.skipIf(!torch.available)('gradients of the torch engine', () => {
  it.each(Object.entries(cases))('match the reference engine: %s', async (_, oneCase) => {
    await selectEngine('torch');
    const ours = await evaluate(oneCase);
    await tf.setBackend('cpu');
    const expected = await evaluate(oneCase);
    ours.forEach((values, index) =>
      expect(difference(values, expected[index]!)).toBeLessThan(2e-6),
    );
  });

  it.each(['efficientnetv2_b0', 'coatnet_0'])(
    'match the wasm engine over a whole %s',
    async (name) => {
      const results: Map<string, Float32Array>[] = [];
      for (const engine of ['torch', 'wasm'] as const) {
        await selectEngine(engine);
        const imageSize = 64;
        const classifier = new Classifier(findArchitecture(name), {
          classes: 5,
          imageSize,
          seed: 3,
        });
        const images = values([4, imageSize, imageSize, 3], 7) as tf.Tensor4D;
        const mode = { frozenBackbone: false, dropRate: 0, dropPathRate: 0, seed: 0 };
        const targets = values([4, 5], 8);
        const variables = classifier.parameters.map(({ variable }) => variable);
        const { value, grads } = tf.variableGrads(
          () => tf.sum(tf.mul(classifier.forward(images, mode), targets)) as tf.Scalar,
          variables,
        );
        const named = new Map([['the loss', (await value.data()) as Float32Array]]);
        for (const { spec, variable } of classifier.parameters) {
          named.set(spec.name, (await grads[variable.name]!.data()) as Float32Array);
        }
        for (const { spec, variable } of classifier.statistics) {
          named.set(spec.name, (await variable.data()) as Float32Array);
        }
        results.push(named);
        tf.dispose([images, targets, value, grads]);
        classifier.dispose();
      }
      const [ours, expected] = results as [Map<string, Float32Array>, Map<string, Float32Array>];
      // Some gradients, such as that of an offset before another batch norm, are zero but for rounding.
      const far = [...expected]
        .map(([key, values]) => ({ key, far: difference(ours.get(key)!, values, 0.05) }))
        .filter(({ far }) => far > 2e-3);
      expect(far).toEqual([]);
    },
  );
});

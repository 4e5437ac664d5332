import { availableEngines, selectEngine } from '@coatrack/kernels';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

// One thread: test files run side by side, and threads of one computation that wait for each other would starve.
process.env['COATRACK_THREADS'] = '1';
const torch = (await availableEngines()).find(({ name }) => name === 'torch')!;

type Padding = Parameters<typeof tf.conv2d>[3];
interface Case {
  x: [batch: number, height: number, width: number, channels: number];
  outChannels: number;
  pad: Padding;
}

/** Large enough for Winograd; sides beside multiples of 4 and channels beside multiples of 16 leave tiles and vectors partly empty. */
const cases: Record<string, Case> = {
  'whole tiles and vectors': { x: [1, 16, 16, 16], outChannels: 32, pad: 'same' },
  'sides and channels that fill nothing': { x: [2, 13, 17, 17], outChannels: 40, pad: 'same' },
  'more blocks of tiles than one': { x: [5, 18, 19, 24], outChannels: 24, pad: 'same' },
  'an odd number of output vectors': { x: [2, 11, 12, 20], outChannels: 80, pad: 'same' },
  'no padding': { x: [2, 15, 14, 33], outChannels: 50, pad: 'valid' },
  'more padding than the kernel needs': { x: [2, 10, 11, 16], outChannels: 16, pad: 2 },
  'uneven padding': {
    x: [3, 9, 12, 18],
    outChannels: 21,
    pad: [
      [0, 0],
      [1, 0],
      [0, 2],
      [0, 0],
    ],
  },
};

/** Result, input gradient and filter gradient. */
async function evaluate({ x: shape, outChannels, pad }: Case): Promise<Float32Array[]> {
  const tensors = tf.tidy(() => {
    const x = tf.randomNormal(shape, 0, 1, 'float32', 1) as tf.Tensor4D;
    const filter = tf.randomNormal([3, 3, shape[3], outChannels], 0, 1, 'float32', 2);
    const run = (a: tf.Tensor, b: tf.Tensor) =>
      tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, 1, pad);
    const y = run(x, filter);
    return [y, ...tf.grads(run)([x, filter], tf.randomNormal(y.shape, 0, 1, 'float32', 3))];
  });
  const read = await Promise.all(tensors.map((tensor) => tensor.data()));
  tf.dispose(tensors);
  return read as Float32Array[];
}

function relativeDifference(actual: Float32Array, expected: Float32Array): number {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return expected.reduce((m, value, i) => Math.max(m, Math.abs(actual[i]! - value)), 0) / largest;
}

describe.skipIf(!torch.available)('3×3 convolutions of the torch engine', () => {
  it.each(Object.entries(cases))('match the reference engine: %s', async (_, oneCase) => {
    await selectEngine('torch');
    const before = tf.memory().numTensors;
    const ours = await evaluate(oneCase);
    expect(tf.memory().numTensors).toBe(before);
    await tf.setBackend('cpu');
    const expected = await evaluate(oneCase);
    ours.forEach((values, index) => {
      expect(values).toHaveLength(expected[index]!.length);
      expect(relativeDifference(values, expected[index]!)).toBeLessThan(5e-6);
    });
  });

  it('keep an infinite input from spreading beyond the tiles that read it', async () => {
    await selectEngine('torch');
    const y = tf.tidy(() => {
      const buffer = tf.buffer([1, 16, 16, 16]);
      buffer.set(Infinity, 0, 0, 0, 0);
      return tf.conv2d(buffer.toTensor() as tf.Tensor4D, tf.ones([3, 3, 16, 16]), 1, 'same');
    });
    const values = (await y.array())[0]!;
    y.dispose();
    expect(Number.isFinite(values[1]![1]![0]!)).toBe(false);
    expect(values[8]![8]![0]).toBe(0);
  });
});

import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, it } from 'vitest';
import { selectEngine } from '../select-engine';
import { expectReference, random } from '../testing/expect-reference';

beforeAll(async () => {
  await selectEngine('wasm');
});

describe('convolution and its gradients', () => {
  const cases: {
    input: [number, number, number, number];
    filter: [number, number, number, number];
    strides: number | [number, number];
    pad: 'same' | 'valid' | number;
  }[] = [
    { input: [2, 9, 7, 3], filter: [3, 3, 3, 5], strides: 2, pad: 'same' },
    { input: [1, 8, 8, 4], filter: [3, 3, 4, 16], strides: 1, pad: 'same' },
    { input: [3, 5, 6, 7], filter: [1, 1, 7, 9], strides: 1, pad: 'same' },
    { input: [2, 7, 7, 6], filter: [1, 1, 6, 10], strides: 2, pad: 'valid' },
    { input: [2, 11, 10, 5], filter: [5, 3, 5, 3], strides: [3, 2], pad: 'valid' },
    { input: [1, 6, 9, 2], filter: [4, 2, 2, 11], strides: 3, pad: 2 },
    { input: [5, 16, 16, 33], filter: [3, 3, 33, 20], strides: 2, pad: 1 },
  ];
  it.each(cases)('$input by $filter, strides $strides, pad $pad', async (c) => {
    await expectReference(() => {
      const x = random(c.input, 1) as tf.Tensor4D;
      const filter = random(c.filter, 2) as tf.Tensor4D;
      const y = tf.conv2d(x, filter, c.strides, c.pad);
      const dy = random(y.shape, 3);
      const [dx, dfilter] = tf.grads((a, b) =>
        tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, c.strides, c.pad),
      )([x, filter], dy);
      return [y, dx!, dfilter!];
    });
  });

  it('dilated, forward', async () => {
    await expectReference(() =>
      tf.conv2d(
        random([1, 9, 9, 3], 1) as tf.Tensor4D,
        random([3, 3, 3, 4], 2) as tf.Tensor4D,
        1,
        'same',
        'NHWC',
        2,
      ),
    );
  });
});

describe('depthwise convolution and its gradients', () => {
  it.each([
    { input: [2, 9, 7, 5], filter: [3, 3, 5, 1], strides: 1, pad: 'same' as const },
    { input: [2, 9, 10, 8], filter: [3, 3, 8, 1], strides: 2, pad: 'same' as const },
    { input: [1, 8, 8, 4], filter: [3, 3, 4, 1], strides: 2, pad: 1 },
    { input: [3, 11, 8, 6], filter: [5, 5, 6, 1], strides: 2, pad: 'same' as const },
    { input: [2, 7, 9, 3], filter: [2, 3, 3, 1], strides: 1, pad: 'valid' as const },
    { input: [19, 6, 6, 64], filter: [3, 3, 64, 1], strides: 1, pad: 'same' as const },
  ])('$input by $filter, strides $strides, pad $pad', async ({ input, filter, strides, pad }) => {
    const convolve = (x: tf.Tensor, f: tf.Tensor) =>
      tf.depthwiseConv2d(x as tf.Tensor4D, f as tf.Tensor4D, strides, pad);
    await expectReference(() => {
      const [x, f] = [random(input, 1), random(filter, 2)];
      const y = convolve(x, f);
      return [y, ...tf.grads(convolve)([x, f], random(y.shape, 3))];
    });
  });

  it('with a channel multiplier, forward', async () => {
    await expectReference(() =>
      tf.depthwiseConv2d(
        random([1, 5, 5, 3], 1) as tf.Tensor4D,
        random([3, 3, 3, 2], 2) as tf.Tensor4D,
        1,
        'same',
      ),
    );
  });
});

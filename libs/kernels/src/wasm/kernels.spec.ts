import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, it } from 'vitest';
import { selectEngine } from '../select-engine';
import { expectReference, random } from '../testing/expect-reference';

beforeAll(async () => {
  await selectEngine('wasm');
});

describe('matrix products', () => {
  const shapes: [number[], number[], number[], number[]][] = [
    [
      [5, 7],
      [7, 9],
      [7, 5],
      [9, 7],
    ],
    [
      [1, 130],
      [130, 3],
      [130, 1],
      [3, 130],
    ],
    [
      [6, 5, 7],
      [6, 7, 9],
      [6, 7, 5],
      [6, 9, 7],
    ],
    [
      [2, 3, 17, 8],
      [2, 3, 8, 4],
      [2, 3, 8, 17],
      [2, 3, 4, 8],
    ],
    [
      [4, 5, 7],
      [1, 7, 9],
      [4, 7, 5],
      [1, 9, 7],
    ],
    [
      [1, 5, 7],
      [3, 7, 9],
      [1, 7, 5],
      [3, 9, 7],
    ],
  ];
  it.each(shapes)('%j by %j', async (a, b, aTransposed, bTransposed) => {
    await expectReference(() => [
      tf.matMul(random(a, 1), random(b, 2)),
      tf.matMul(random(aTransposed, 1), random(b, 2), true),
      tf.matMul(random(a, 1), random(bTransposed, 2), false, true),
      tf.matMul(random(aTransposed, 1), random(bTransposed, 2), true, true),
    ]);
  });

  it('of an attention, with gradients', async () => {
    await expectReference(() => {
      const [q, k, v] = [random([6, 9, 4], 1), random([6, 9, 4], 2), random([6, 9, 4], 3)];
      return tf.grads((a, b, c) => tf.matMul(tf.softmax(tf.matMul(a, b, false, true)), c))(
        [q, k, v],
        random([6, 9, 4], 4),
      );
    });
  });
});

describe('elementwise operations', () => {
  it.each([
    [
      [3, 5],
      [3, 5],
    ],
    [[2, 3, 4, 5], [5]],
    [
      [2, 3, 4, 5],
      [2, 1, 1, 5],
    ],
    [
      [2, 3, 4, 5],
      [2, 1, 1, 1],
    ],
    [
      [2, 3, 4, 5],
      [2, 3, 4, 1],
    ],
    [
      [2, 3, 4, 5],
      [1, 3, 4, 1],
    ],
    [[2, 3, 4, 5], []],
    [[7], [2, 7]],
    [
      [4, 1],
      [1, 3],
    ],
    [[1, 1, 3], [1]],
  ])('%j with %j', async (left, right) => {
    await expectReference(() => {
      const a = random(left, 1);
      const b = tf.add(tf.abs(random(right, 2)), 1);
      return [tf.add(a, b), tf.sub(a, b), tf.mul(a, b), tf.div(a, b), tf.mul(b, a), tf.sub(b, a)];
    });
  });

  it('of integers', async () => {
    await expectReference(() => [
      tf.add(tf.tensor1d([1, 2, 3], 'int32'), tf.tensor1d([4, 5, 6], 'int32')),
      tf.sum(tf.tensor1d([1, 2, 3], 'int32')),
    ]);
  });

  it('sigmoid, ReLU, square, also far out', async () => {
    await expectReference(() => {
      const x = tf.concat([tf.mul(random([1001], 1), 5), tf.tensor1d([-200, -90, 90, 200, 0])]);
      return [tf.sigmoid(x), tf.relu(x), tf.square(x)];
    }, 2e-7);
  });
});

describe('reductions, softmax, transposition, segments', () => {
  it.each([
    [
      [3, 4, 5, 7],
      [0, 1, 2],
    ],
    [
      [3, 4, 5, 7],
      [1, 2],
    ],
    [[3, 4, 5, 7], [3]],
    [
      [3, 4, 5, 7],
      [0, 2],
    ],
    [
      [3, 4, 5, 7],
      [0, 1, 2, 3],
    ],
    [
      [2, 30, 30, 3],
      [1, 2],
    ],
    [[700, 5], [0]],
    [[1, 5], [0]],
  ])('sum and mean of %j over %j', async (shape, axes) => {
    await expectReference(() => {
      const x = random(shape, 1);
      return [tf.sum(x, axes), tf.mean(x, axes), tf.mean(x, axes, true)];
    });
  });

  it('softmax', async () => {
    await expectReference(() => tf.softmax(tf.mul(random([9, 13], 1), 20)), 1e-6);
  });

  it.each([
    [
      [4, 5],
      [1, 0],
    ],
    [
      [2, 3, 4, 5],
      [0, 3, 1, 2],
    ],
    [
      [2, 9, 3, 2, 8],
      [2, 0, 3, 1, 4],
    ],
    [
      [2, 3, 2, 2, 3, 2],
      [5, 0, 1, 2, 4, 3],
    ],
  ])('transpose of %j by %j', async (shape, perm) => {
    await expectReference(() => tf.transpose(random(shape, 1), perm));
  });

  it('gather and its gradient', async () => {
    const ids = [3, 0, 3, 3, 1];
    await expectReference(() => {
      const x = random([4, 7], 1);
      const gather = (a: tf.Tensor) => tf.gather(a, tf.tensor1d(ids, 'int32'));
      return [gather(x), tf.grad(gather)(x, random([5, 7], 2))];
    });
  });
});

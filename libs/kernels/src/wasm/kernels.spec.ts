import '@tensorflow/tfjs-backend-cpu';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { selectEngine } from '../select-engine';

beforeAll(async () => {
  await selectEngine('wasm');
});

/** Runs the same computation on TensorFlow.js's reference backend and here, and compares every value. */
async function expectReference(compute: () => tf.Tensor | tf.Tensor[], tolerance = 2e-5) {
  const results: tf.Tensor[][] = [];
  for (const backend of ['cpu', 'wasm']) {
    await tf.setBackend(backend);
    results.push([tf.tidy(compute)].flat());
  }
  const [expected, actual] = results;
  expected!.forEach((tensor, i) => {
    expect(actual![i]!.shape).toEqual(tensor.shape);
    const [wanted, got] = [tensor.dataSync(), actual![i]!.dataSync()];
    const scale = Math.max(1, ...Array.from(wanted, Math.abs));
    let worst = 0;
    for (let j = 0; j < wanted.length; j++) {
      worst = Math.max(worst, Math.abs(wanted[j]! - got[j]!) / scale);
      if (Number.isNaN(got[j]!)) worst = NaN;
    }
    expect(worst).toBeLessThan(tolerance);
  });
  tf.dispose(results);
}

const random = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 1, 'float32', seed);

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

describe('memory', () => {
  it('leaves no tensor behind and reuses its heap', async () => {
    await tf.setBackend('wasm');
    const step = () =>
      tf.tidy(() => {
        const x = random([8, 16, 16, 8], 1) as tf.Tensor4D;
        const convolve = (f: tf.Tensor) => tf.conv2d(x, f as tf.Tensor4D, 1, 'same');
        tf.grad(convolve)(random([3, 3, 8, 32], 2)).dataSync();
      });
    step();
    const before = tf.memory().numTensors;
    const heap = heapBytes();
    for (let i = 0; i < 30; i++) step();
    expect(tf.memory().numTensors).toBe(before);
    expect(heapBytes()).toBe(heap);
  });
});

describe('exhausted memory', () => {
  it('is a clear error, after which the engine works on', async () => {
    await tf.setBackend('wasm');
    const backend = tf.backend() as BackendWasm;
    const held: tf.TensorInfo[] = [];
    const takeAll = () => {
      for (let i = 0; i < 8; i++) held.push(backend.makeOutput([2 ** 28], 'float32'));
    };
    expect(takeAll).toThrow(/wasm engine is out of memory.*smaller batch/);
    expect(() => backend.makeOutput([2 ** 31], 'float32')).toThrow(/out of memory/);
    held.forEach(({ dataId }) => backend.disposeData(dataId));
    const sum = tf.tidy(() => tf.sum(tf.ones([100, 100])).dataSync()[0]);
    expect(sum).toBe(10_000);
  });
});

function heapBytes(): number {
  return (tf.backend() as unknown as { wasm: { HEAPU8: Uint8Array } }).wasm.HEAPU8.length;
}

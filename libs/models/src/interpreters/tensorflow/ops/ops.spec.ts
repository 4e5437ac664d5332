import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
// Registers TensorFlow.js's gradients.
import '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { gelu, silu } from './activation';
import { batchNormInference, batchNormTraining } from './batch-norm';
import { layerNorm } from './layer-norm';
import { matMul } from './mat-mul';
import { maxPool } from './max-pool';
import { relativeAttention, relativePositionBias } from './relative-attention';
import { tableForGrid } from './table-for-grid';
import { resizeTable } from '../../../weights/resize-table';

beforeAll(() => tf.setBackend('cpu'));

type Operation = (...inputs: tf.Tensor[]) => tf.Tensor;

/** Compares an operation's gradients with central differences of a random projection of its result. */
function checkGradients(operation: Operation, shapes: number[][]): void {
  tf.tidy(() => {
    const inputs = shapes.map((shape, index) => tf.randomNormal(shape, 0, 1, 'float32', index + 1));
    const weights = tf.randomNormal(operation(...inputs).shape, 0, 1, 'float32', 99);
    const loss: Operation = (...inputs) => tf.sum(tf.mul(operation(...inputs), weights));
    const gradients = tf.grads(loss)(inputs);
    const step = 1e-2;
    for (const [index, input] of inputs.entries()) {
      const direction = tf.randomNormal(input.shape, 0, 1, 'float32', 7);
      const at = (distance: number) => {
        const moved = inputs.with(index, tf.add(input, tf.mul(direction, distance)));
        return loss(...moved).dataSync()[0];
      };
      const expected = (at(step) - at(-step)) / (2 * step);
      const actual = tf.sum(tf.mul(gradients[index], direction)).dataSync()[0];
      expect(Math.abs(actual - expected), `input ${index}`).toBeLessThan(
        5e-3 * Math.max(1, Math.abs(expected)),
      );
    }
  });
}

function values(x: tf.Tensor): number[] {
  return Array.from(x.dataSync());
}

describe('gradients agree with finite differences', () => {
  it('silu', () => checkGradients(silu, [[3, 5]]));
  it('gelu', () => checkGradients(gelu, [[3, 5]]));
  it('matMul', () =>
    checkGradients(matMul, [
      [2, 3, 4],
      [2, 4, 5],
    ]));
  it('layerNorm', () =>
    checkGradients(
      (x, scale, offset) => layerNorm(x, scale, offset, { epsilon: 1e-6 }),
      [[4, 6], [6], [6]],
    ));
  it.each(['none', 'silu', 'gelu'] as const)('batchNormTraining with %s', (activation) => {
    const options = { epsilon: 1e-3, activation };
    checkGradients(
      (x, scale, offset) => batchNormTraining(x, scale, offset, options, () => undefined),
      [[3, 2, 2, 4], [4], [4]],
    );
  });
  it('relativeAttention', () => {
    const options = { heads: 2, headDim: 3 };
    checkGradients(
      (qkv, table) => relativeAttention(qkv as tf.Tensor4D, table as tf.Tensor2D, options),
      [
        [2, 3, 2, 18],
        [15, 2],
      ],
    );
  });
});

describe('values', () => {
  it('gelu is exact', () => {
    const [low, zero, high] = values(gelu(tf.tensor1d([-1, 0, 2])));
    expect(low).toBeCloseTo(-0.15865525, 6);
    expect(zero).toBe(0);
    expect(high).toBeCloseTo(1.9544997, 6);
  });

  it('batch norm in training is batch norm in inference with the statistics it reports', () => {
    const x = tf.randomNormal([4, 3, 3, 5], 2, 3, 'float32', 1);
    const scale = tf.randomNormal([5], 1, 0.1, 'float32', 2);
    const offset = tf.randomNormal([5], 0, 0.1, 'float32', 3);
    const options = { epsilon: 1e-3, activation: 'silu' } as const;
    let statistics!: { mean: tf.Tensor; variance: tf.Tensor };
    const training = batchNormTraining(x, scale, offset, options, (mean, variance) => {
      statistics = { mean: tf.clone(mean), variance: tf.clone(variance) };
    });
    const inference = batchNormInference(x, { scale, offset, ...statistics }, options);
    const difference = tf.max(tf.abs(tf.sub(training, inference))).dataSync()[0];
    expect(difference).toBeLessThan(1e-5);
    expect(values(statistics.mean)[0]).toBeCloseTo(values(tf.mean(x, [0, 1, 2]))[0], 5);
  });

  it('max pooling of slices is max pooling', () => {
    const x = tf.randomNormal([2, 6, 4, 3], -5, 1, 'float32', 1) as tf.Tensor4D;
    const kernel = tf.getKernel('MaxPoolGrad', 'cpu');
    const gradient = (pool: typeof maxPool) => tf.grad((x) => pool(x as tf.Tensor4D))(x);
    const expected = [tf.maxPool(x, 3, 2, 1), gradient((x) => tf.maxPool(x, 3, 2, 1))].map(values);
    tf.unregisterKernel('MaxPoolGrad', 'cpu');
    const actual = [maxPool(x), gradient(maxPool)].map(values);
    tf.registerKernel(kernel);
    expect(actual).toEqual(expected);
  });

  it('a position table is enlarged as weights of another image size are, and every value of it learns when it is reduced', () => {
    const table = tf.randomNormal([25, 2], 0, 1, 'float32', 3) as tf.Tensor2D;
    const expected = resizeTable(Float32Array.from(values(table)), 2, [3, 3], [5, 4]);
    values(tableForGrid(table, 5, 4)).forEach((value, index) =>
      expect(value).toBeCloseTo(expected[index]!, 5),
    );
    expect(tableForGrid(table, 3, 3)).toBe(table);
    for (const [height, width] of [
      [1, 1],
      [2, 1],
    ]) {
      const constant = tableForGrid(tf.fill([25, 2], 3), height!, width!);
      values(constant).forEach((value) => expect(value).toBeCloseTo(3, 5));
      const learns = tf.grad((x) => tableForGrid(x as tf.Tensor2D, height!, width!))(table);
      expect(Math.min(...values(learns))).toBeGreaterThan(0);
    }
    checkGradients((x) => tableForGrid(x as tf.Tensor2D, 2, 2), [[25, 2]]);
  });

  it('relative attention is softmax(q·kᵀ/√headDim + bias)·v, per head [q, k, v]', () => {
    const [heads, headDim, height, width] = [2, 3, 2, 2];
    const positions = height * width;
    const stride = heads * 3 * headDim;
    const qkv = tf.randomNormal([1, height, width, stride], 0, 1, 'float32', 1) as tf.Tensor4D;
    const table = tf.randomNormal([9, heads], 0, 1, 'float32', 2) as tf.Tensor2D;
    const bias = values(relativePositionBias(table, height, width));
    const x = values(qkv);
    const at = (position: number, head: number, part: number, d: number) =>
      x[position * stride + (head * 3 + part) * headDim + d];
    const all = Array.from({ length: positions }, (_, position) => position);
    const dims = Array.from({ length: headDim }, (_, d) => d);
    const sum = (terms: number[]) => terms.reduce((total, term) => total + term, 0);
    const expected = all.flatMap((i) =>
      Array.from({ length: heads * headDim }, (_, channel) => {
        const [head, d] = [Math.floor(channel / headDim), channel % headDim];
        const shares = all.map((j) => {
          const product = sum(dims.map((d) => at(i, head, 0, d) * at(j, head, 1, d)));
          return Math.exp(
            product / Math.sqrt(headDim) + bias[(head * positions + i) * positions + j],
          );
        });
        return sum(all.map((j) => shares[j] * at(j, head, 2, d))) / sum(shares);
      }),
    );
    const actual = values(relativeAttention(qkv, table, { heads, headDim }));
    expected.forEach((value, index) => expect(actual[index]).toBeCloseTo(value, 5));
  });

  it.each([
    [1, 1],
    [3, 2],
    [2, 4],
  ])('relative position bias on a %i×%i grid is table[i − j]', (height, width) => {
    const heads = 3;
    const rows = (2 * height - 1) * (2 * width - 1);
    const table = tf.reshape(tf.range(0, rows * heads), [rows, heads]) as tf.Tensor2D;
    const bias = values(relativePositionBias(table, height, width));
    const positions = height * width;
    const expected = Array.from({ length: heads * positions * positions }, (_, flat) => {
      const head = Math.floor(flat / positions ** 2);
      const i = Math.floor(flat / positions) % positions;
      const j = flat % positions;
      const dy = Math.floor(i / width) - Math.floor(j / width) + height - 1;
      const dx = (i % width) - (j % width) + width - 1;
      return (dy * (2 * width - 1) + dx) * heads + head;
    });
    expect(bias).toEqual(expected);
  });
});

/** What both model families differentiate, small: computed on every engine, compared with a reference and with differences. */
import {
  batchNormTraining,
  gelu,
  layerNorm,
  matMul,
  maxPool,
  relativeAttention,
  silu,
  squeezeExcite,
  type SqueezeExciteWeights,
} from '@coatrack/models';
import * as tf from '@tensorflow/tfjs-core';

/** Seeded values, the same on every engine. */
export function values(shape: number[], seed: number, scale = 1): tf.Tensor {
  let state = seed * 2654435761;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 31 - 1) * scale;
  };
  return tf.tensor(Float32Array.from({ length: tf.util.sizeFromShape(shape) }, next), shape);
}

export type Case = {
  inputs: number[][];
  run: (...inputs: tf.Tensor[]) => tf.Tensor;
  step?: number;
};

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

const squeezeExcitation = (x: number[], width: number, activation: 'silu' | 'relu'): Case => ({
  inputs: [x, [1, 1, x[3]!, width], [width], [1, 1, width, x[3]!], [x[3]!]],
  run: (x, reduce, reduceBias, expand, expandBias) => {
    const weights = { reduce, reduceBias, expand, expandBias } as SqueezeExciteWeights;
    return squeezeExcite(x as tf.Tensor4D, weights, { activation });
  },
});

const batchNorm = (x: number[], activation: 'none' | 'silu' | 'gelu'): Case => ({
  inputs: [x, [x[3]!], [x[3]!]],
  run: (x, scale, offset) =>
    batchNormTraining(x, scale, offset, { epsilon: 1e-3, activation }, () => undefined),
});

/** Convolutions of every kind that the networks and their variants have. */
export const convolutions: Record<string, Case> = {
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
  'a depthwise convolution of 5×5': depthwise([1, 8, 8, 16], [5, 5, 16, 1], 1, 'same'),
};

/** Beyond what the networks ask for: engines may refuse it, those that conform to all of tfjs don't. */
export const unusual: Record<string, Case> = {
  'a depthwise convolution with a multiplier': depthwise([2, 5, 5, 6], [3, 3, 6, 2], 1, 'same'),
};

const classes = 7;

/** What stands between convolutions. */
export const layers: Record<string, Case> = {
  'average pooling': {
    inputs: [[2, 8, 8, 24]],
    run: (x) => tf.avgPool(x as tf.Tensor4D, 2, 2, 'valid'),
  },
  'global pooling': { inputs: [[2, 8, 7, 24]], run: (x) => tf.mean(x, [1, 2], true) },
  'squeeze-excitation with SiLU': squeezeExcitation([3, 5, 6, 48], 7, 'silu'),
  'squeeze-excitation with ReLU': squeezeExcitation([2, 9, 9, 80], 24, 'relu'),
  'squeeze-excitation of channels that fill no vector': squeezeExcitation([2, 3, 3, 10], 4, 'silu'),
  'a gate per channel': {
    inputs: [
      [2, 6, 6, 24],
      [2, 1, 1, 24],
    ],
    run: (x, gate) => tf.mul(x, tf.sigmoid(gate)),
  },
  'max pooling': { inputs: [[1, 4, 4, 8]], run: (x) => maxPool(x as tf.Tensor4D), step: 1e-3 },
  'batch norm': batchNorm([3, 4, 5, 12], 'none'),
  'batch norm with SiLU': batchNorm([4, 4, 4, 16], 'silu'),
  'batch norm with GELU': batchNorm([2, 5, 3, 40], 'gelu'),
  'layer norm': {
    inputs: [[2, 3, 2, 24], [24], [24]],
    run: (x, scale, offset) => layerNorm(x, scale, offset, { epsilon: 1e-6 }),
  },
  'attention with a bias per relative position': {
    inputs: [
      [2, 3, 2, 96],
      [15, 2],
    ],
    run: (qkv, table) =>
      relativeAttention(qkv as tf.Tensor4D, table as tf.Tensor2D, { heads: 2, headDim: 16 }),
  },
  SiLU: { inputs: [[3, 21]], run: silu },
  GELU: { inputs: [[3, 21]], run: gelu },
  'a dense layer': {
    inputs: [[5, 12], [12, classes], [classes]],
    run: (x, weight, bias) => tf.add(matMul(x, weight), bias),
  },
  'cross-entropy of a softmax': {
    inputs: [[4, classes]],
    run: (logits) => {
      const targets = tf.oneHot(tf.tensor1d([1, 0, 6, 3], 'int32'), classes);
      return tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(logits), targets), -1)));
    },
  },
};

import { layerKernels } from '@coatrack/kernels/contracts';
import * as tf from '@tensorflow/tfjs-core';
import { hasKernel, runKernel } from './run-kernel';
import { matMul } from './mat-mul';

/**
 * Multi-head self-attention with a learned bias per head and relative position.
 * CoAtNet, arXiv:2106.04803, §2.1: softmax(q·kᵀ/√headDim + table[i − j])·v.
 * @param qkv [batch, height, width, heads·3·headDim]: per head its query, key and value
 * @param table [(2·height−1)·(2·width−1), heads]
 * @returns [batch, height, width, heads·headDim]
 */
export function relativeAttention(
  qkv: tf.Tensor4D,
  table: tf.Tensor2D,
  { heads, headDim }: { heads: number; headDim: number },
): tf.Tensor4D {
  const [batch, height, width] = qkv.shape;
  if (hasKernel(layerKernels.relativeAttention)) {
    return fusedAttention(qkv, relativePositionBias(table, height, width), { heads, headDim });
  }
  const positions = height * width;
  const split = tf.reshape(qkv, [batch, positions, heads, 3, headDim]);
  const part = (index: number, axes: number[]) => {
    const one = tf.slice(split, [0, 0, 0, index, 0], [batch, positions, heads, 1, headDim]);
    return tf.transpose(tf.reshape(one, [batch, positions, heads, headDim]), axes);
  };
  const query = tf.mul(part(0, [0, 2, 1, 3]), 1 / Math.sqrt(headDim));
  const key = part(1, [0, 2, 3, 1]);
  const value = part(2, [0, 2, 1, 3]);
  const scores = tf.add(matMul(query, key), relativePositionBias(table, height, width));
  const mixed = matMul(tf.softmax(scores), value);
  return tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch, height, width, heads * headDim]);
}

function fusedAttention(
  qkv: tf.Tensor4D,
  bias: tf.Tensor4D,
  attrs: { heads: number; headDim: number },
): tf.Tensor4D {
  const operation = tf.customGrad((...args) => {
    const [qkv, bias] = args as tf.Tensor[];
    (args.at(-1) as tf.GradSaveFunc)([qkv, bias]);
    const [value] = runKernel(layerKernels.relativeAttention, { qkv, bias }, attrs);
    const gradFunc = (dy: tf.Tensor, [qkv, bias]: tf.Tensor[]) =>
      runKernel(layerKernels.relativeAttentionGrad, { dy, qkv, bias }, attrs);
    return { value, gradFunc };
  });
  return operation(qkv, bias) as tf.Tensor4D;
}

/**
 * Returns the bias of every pair of positions: bias[head, i, j] = table[i − j, head]. Composed of slices and reshapes
 * instead of a gather, whose gradient most engines lack.
 * @param table [(2·height−1)·(2·width−1), heads], row-major over (vertical, horizontal) distance, smallest first
 * @returns [1, heads, height·width, height·width]
 */
export function relativePositionBias(
  table: tf.Tensor2D,
  height: number,
  width: number,
): tf.Tensor4D {
  const heads = table.shape[1];
  // Reversed, so that the distances of one position to all others are in ascending order.
  const backwards = tf.reverse(table, 0);
  const rows = pairs(tf.reshape(backwards, [2 * height - 1, (2 * width - 1) * heads]), height);
  const columnsFirst = tf.transpose(
    tf.reshape(rows, [height * height, 2 * width - 1, heads]),
    [1, 0, 2],
  );
  const all = pairs(tf.reshape(columnsFirst, [2 * width - 1, height * height * heads]), width);
  const grid = tf.reshape(all, [width, width, height, height, heads]);
  const ordered = tf.transpose(grid, [4, 2, 0, 3, 1]);
  return tf.reshape(ordered, [1, heads, height * width, height * width]);
}

/**
 * Returns rows of distances[length − 1 − i + j] for j = 0 … length − 1: repeating the distances with one element less per
 * row shifts each repetition by one.
 * @param distances [2·length − 1, values]
 * @returns [length, length, values]
 */
function pairs(distances: tf.Tensor2D, length: number): tf.Tensor3D {
  const values = distances.shape[1];
  if (length === 1) return tf.reshape(distances, [1, 1, values]);
  const period = 2 * length - 1;
  const repeated = tf.mul(tf.expandDims(distances, 0), tf.ones([length, 1, 1]));
  const flat = tf.reshape(repeated, [length * period, values]);
  const shifted = tf.slice(flat, [length - 1, 0], [length * (period - 1), values]);
  const table = tf.reshape(shifted, [length, period - 1, values]);
  return tf.slice(table, [0, 0, 0], [length, length, values]) as tf.Tensor3D;
}

import { layerKernels } from '@coatrack/kernels/contracts';
import * as tf from '@tensorflow/tfjs-core';
import type { Activation } from '../../../net/net';
import { hasKernel, runKernel } from './run-kernel';

/** x of any shape → activation(x) of that shape. */
export function activate<T extends tf.Tensor>(x: T, kind: Activation): T {
  switch (kind) {
    case 'none':
      return x;
    case 'silu':
      return silu(x);
    case 'gelu':
      return gelu(x);
    case 'relu':
      return tf.relu(x);
    case 'sigmoid':
      return tf.sigmoid(x);
    case 'tanh':
      return tf.tanh(x);
  }
}

/** x·σ(x). arXiv:1702.03118. */
export function silu<T extends tf.Tensor>(x: T): T {
  if (!hasKernel(layerKernels.silu)) return tf.mul(x, tf.sigmoid(x));
  return unary(x, layerKernels.silu, layerKernels.siluGrad);
}

/** x·Φ(x) with Φ computed by erf, not by the tanh approximation. arXiv:1606.08415. */
export function gelu<T extends tf.Tensor>(x: T): T {
  if (!hasKernel(layerKernels.gelu)) {
    const phi = tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);
    return tf.mul(x, phi);
  }
  return unary(x, layerKernels.gelu, layerKernels.geluGrad);
}

type Forward = typeof layerKernels.silu | typeof layerKernels.gelu;
type Gradient = typeof layerKernels.siluGrad | typeof layerKernels.geluGrad;

function unary<T extends tf.Tensor>(x: T, forward: Forward, gradient: Gradient): T {
  const operation = tf.customGrad((input, save) => {
    const x = input as tf.Tensor;
    (save as tf.GradSaveFunc)([x]);
    const [value] = runKernel(forward, { x }, {});
    const gradFunc = (dy: tf.Tensor, [x]: tf.Tensor[]) => runKernel(gradient, { dy, x }, {});
    return { value, gradFunc };
  });
  return operation(x) as T;
}

import { layerKernels } from '@coatrack/kernels/contracts';
import * as tf from '@tensorflow/tfjs-core';
import { activate } from './activation';
import { hasKernel, runKernel } from './run-kernel';

export interface SqueezeExciteWeights {
  /** [1, 1, channels, width] */
  reduce: tf.Tensor4D;
  /** [width] */
  reduceBias: tf.Tensor;
  /** [1, 1, width, channels] */
  expand: tf.Tensor4D;
  /** [channels] */
  expandBias: tf.Tensor;
}

/**
 * Squeeze-excitation: σ(act(mean(x)·reduce + reduceBias)·expand + expandBias)·x. arXiv:1709.01507.
 * @param x [batch, height, width, channels]
 * @returns like x
 */
export function squeezeExcite(
  x: tf.Tensor4D,
  { reduce, reduceBias, expand, expandBias }: SqueezeExciteWeights,
  { activation }: { activation: 'silu' | 'relu' },
): tf.Tensor4D {
  if (!hasKernel(layerKernels.squeezeExcite)) {
    const mean = tf.mean(x, [1, 2], true) as tf.Tensor4D;
    const hidden = tf.add(tf.conv2d(mean, reduce, 1, 'same'), reduceBias) as tf.Tensor4D;
    const active = activate(hidden, activation);
    const gate = tf.sigmoid(tf.add(tf.conv2d(active, expand, 1, 'same'), expandBias));
    return tf.mul(x, gate);
  }
  const attrs = { activation };
  const operation = tf.customGrad((...args) => {
    const [x, reduce, reduceBias, expand, expandBias] = args as tf.Tensor[];
    const inputs = { x, reduce, reduceBias, expand, expandBias };
    const outputs = runKernel(layerKernels.squeezeExcite, inputs, attrs);
    const [value, mean, hidden, gate] = outputs;
    (args.at(-1) as tf.GradSaveFunc)([x, mean, hidden, gate, reduce, expand]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [x, mean, hidden, gate, reduce, expand] = saved;
      const inputs = { dy, x, mean, hidden, gate, reduce, expand };
      return runKernel(layerKernels.squeezeExciteGrad, inputs, attrs);
    };
    return { value, gradFunc };
  });
  return operation(x, reduce, reduceBias, expand, expandBias) as tf.Tensor4D;
}

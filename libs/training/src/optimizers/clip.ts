import * as tf from '@tensorflow/tfjs-core';
import { optimizerKernels } from './fused-kernels';

/** Euclidean norm of all gradients together. */
export function globalNorm(gradients: tf.NamedTensorMap): tf.Scalar {
  const kernel = optimizerKernels.globalNorm;
  if (tf.getKernel(kernel, tf.getBackend())) {
    return tf.engine().runKernel(kernel, Object.values(gradients) as never) as tf.Scalar;
  }
  return tf.tidy(() => {
    const squares = Object.values(gradients).map((gradient) => tf.sum(tf.square(gradient)));
    return tf.sqrt(tf.addN(squares)) as tf.Scalar;
  });
}

/**
 * @param limit largest norm; 0: no limit
 * @returns what to multiply gradients by, so that their norm is at most the limit
 */
export function clippingScale(norm: number, limit: number): number {
  return limit > 0 && norm > limit ? limit / norm : 1;
}

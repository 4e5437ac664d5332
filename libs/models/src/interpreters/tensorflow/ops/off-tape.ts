import * as tf from '@tensorflow/tfjs-core';

/** Runs `compute` on x without recording it, so that gradients end here and its intermediate results are freed. */
export function offTape(x: tf.Tensor, compute: (x: tf.Tensor) => tf.Tensor): tf.Tensor {
  const operation = tf.customGrad((input) => ({
    value: compute(input as tf.Tensor),
    gradFunc: () => tf.zeros(x.shape),
  }));
  return operation(x);
}

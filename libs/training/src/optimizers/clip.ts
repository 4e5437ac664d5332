import * as tf from '@tensorflow/tfjs-core';

/** Returns the Euclidean norm of all gradients together. */
export function globalNorm(gradients: readonly tf.Tensor[]): tf.Scalar {
  return tf.tidy(() => {
    const squares = gradients.map((gradient) => tf.sum(tf.square(gradient)));
    return tf.sqrt(tf.addN(squares)) as tf.Scalar;
  });
}

/**
 * Scales gradients down together.
 * @param norm of all gradients together
 * @param limit largest norm; 0: no limit
 */
export function clip(
  gradients: readonly tf.Tensor[],
  { norm, limit }: { norm: tf.Scalar; limit: number },
): readonly tf.Tensor[] {
  if (limit === 0) return gradients;
  const scale = tf.minimum(tf.div(limit, norm), 1);
  return gradients.map((gradient) => tf.mul(gradient, scale));
}

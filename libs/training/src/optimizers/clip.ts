import * as tf from '@tensorflow/tfjs-core';

export type Clipping = {
  /** Euclidean norm of all gradients together */
  norm: tf.Scalar;
  /** what to multiply gradients by, so that their norm is at most the limit */
  scale: tf.Scalar;
};

/**
 * Clipping by global norm; the factor is applied by the optimizer's own pass over the gradients.
 * @param limit largest norm; 0: no limit
 */
export function clipByGlobalNorm(gradients: tf.NamedTensorMap, limit: number): Clipping {
  return tf.tidy(() => {
    const squares = Object.values(gradients).map((gradient) => tf.sum(tf.square(gradient)));
    const norm = tf.sqrt(tf.addN(squares)) as tf.Scalar;
    const scale = limit > 0 ? tf.minimum(tf.div(limit, tf.add(norm, 1e-6)), 1) : tf.scalar(1);
    return { norm, scale: scale as tf.Scalar };
  });
}

import * as tf from '@tensorflow/tfjs-core';

/**
 * Targets with label smoothing: `smoothing` of the probability is spread over all classes.
 * Inception-v3, arXiv:1512.00567, §7.
 * @returns [batch, classes]; rows sum to 1
 */
export function smoothTargets(
  labels: readonly number[],
  { classes, smoothing }: { classes: number; smoothing: number },
): tf.Tensor2D {
  const targets = new Float32Array(labels.length * classes).fill(smoothing / classes);
  labels.forEach((label, row) => {
    targets[row * classes + label]! += 1 - smoothing;
  });
  return tf.tensor2d(targets, [labels.length, classes]);
}

/**
 * @param logits [batch, classes]
 * @param targets [batch, classes], probabilities
 * @returns the batch's mean, in nats
 */
export function crossEntropy(logits: tf.Tensor2D, targets: tf.Tensor2D): tf.Scalar {
  return tf.tidy(() => {
    const perImage = tf.sum(tf.mul(tf.logSoftmax(logits), targets), -1);
    return tf.neg(tf.mean(perImage)) as tf.Scalar;
  });
}

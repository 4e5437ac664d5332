import * as tf from '@tensorflow/tfjs-core';
import type { Mixed } from './mixing';

/**
 * Returns targets with label smoothing: `smoothing` of the probability is spread over all classes.
 * Inception-v3, arXiv:1512.00567, §7.
 * @param mixed for images that were mixed: the rest of their share goes to the other label
 * @returns [batch, classes]; rows sum to 1
 */
export function smoothTargets(
  { labels, mixed }: { labels: readonly number[]; mixed?: Mixed },
  { classes, smoothing }: { classes: number; smoothing: number },
): tf.Tensor2D {
  const targets = new Float32Array(labels.length * classes).fill(smoothing / classes);
  labels.forEach((label, row) => {
    const share = mixed ? mixed.shares[row]! : 1;
    targets[row * classes + label]! += share * (1 - smoothing);
    if (mixed) targets[row * classes + mixed.labels[row]!]! += (1 - share) * (1 - smoothing);
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

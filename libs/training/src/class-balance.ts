import * as tf from '@tensorflow/tfjs-core';
import { crossEntropy } from './loss';
import { shuffled } from './random';
import type { Recipe } from './recipe/recipe';

/**
 * @param logits [batch, classes]
 * @param targets [batch, classes], probabilities
 * @returns the batch's mean, in nats
 */
export type Loss = (logits: tf.Tensor2D, targets: tf.Tensor2D) => tf.Scalar;

/** Returns the number of images per class. */
export function classCounts(
  images: readonly number[],
  { labels, classes }: { labels: readonly number[]; classes: readonly string[] },
): number[] {
  const counts = classes.map(() => 0);
  for (const image of images) counts[labels[image]!]!++;
  return counts;
}

/**
 * Returns the loss that compensates for skewed classes.
 * With weights, it matches PyTorch's cross_entropy with `weight` and probabilities as targets: a class's weight is the inverse
 * of its share, scaled to a mean of 1 over the images. With logit adjustment, it is arXiv:2007.07314, equation 10.
 * @param counts of training images, by class
 */
export function balancedLoss(
  { balance, logitAdjustment }: Pick<Recipe, 'balance' | 'logitAdjustment'>,
  counts: readonly number[],
): Loss {
  const images = counts.reduce((sum, count) => sum + count, 0);
  if (balance === 'weights') {
    const present = counts.filter((count) => count > 0).length;
    const weights = counts.map((count) => (count > 0 ? images / (present * count) : 0));
    return (logits, targets) => crossEntropy(logits, tf.mul(targets, tf.tensor1d(weights)));
  }
  if (logitAdjustment > 0) {
    // A class without images counts as having one.
    const logPriors = counts.map((count) => Math.log(Math.max(count, 1) / images));
    const offsets = logPriors.map((logPrior) => logitAdjustment * logPrior);
    return (logits, targets) => crossEntropy(tf.add(logits, tf.tensor1d(offsets)), targets);
  }
  return crossEntropy;
}

/**
 * Returns an epoch's images in an order that depends only on seed and epoch. With balancing by sampling, their number stays the
 * same, but each class appears equally often or once more, and the images of a class take turns.
 * @param images to train with
 * @param labels of all images
 */
export function epochOrder(
  images: readonly number[],
  labels: readonly number[],
  { balance, seed }: Pick<Recipe, 'balance' | 'seed'>,
  epoch: number,
): number[] {
  if (balance !== 'sampling') return shuffled(images, seed, epoch);
  const byClass = new Map<number, number[]>();
  for (const image of images) {
    const members = byClass.get(labels[image]!);
    if (members) members.push(image);
    else byClass.set(labels[image]!, [image]);
  }
  const classes = shuffled([...byClass.keys()], seed, epoch, 0);
  const drawn = classes.flatMap((label, place) => {
    const members = byClass.get(label)!;
    const wanted =
      Math.floor(images.length / classes.length) + Number(place < images.length % classes.length);
    const rounds = Math.ceil(wanted / members.length);
    return Array.from({ length: rounds }, (_, round) =>
      shuffled(members, seed, epoch, 1 + label, round),
    )
      .flat()
      .slice(0, wanted);
  });
  return shuffled(drawn, seed, epoch);
}

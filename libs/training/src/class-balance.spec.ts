import { selectEngine } from '@coatrack/kernels';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { balancedLoss, classCounts, epochOrder } from './class-balance';

/** Ten images of class 0, three of class 1 and one of class 2. */
const labels = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2];
const images = labels.map((_, index) => index);
const classes = ['many', 'few', 'one'];

it('counts the images of each class', () => {
  expect(classCounts(images, { labels, classes })).toEqual([10, 3, 1]);
  expect(classCounts([0, 10], { labels, classes })).toEqual([1, 1, 0]);
});

describe('epochOrder', () => {
  const order = (epoch: number, fields = {}) =>
    epochOrder(images, labels, { balance: 'sampling', seed: 7, ...fields }, epoch);

  it('has every image once unless it samples', () => {
    expect(order(1, { balance: 'none' }).sort((a, b) => a - b)).toEqual(images);
    expect(order(1, { balance: 'weights' })).toEqual(order(1, { balance: 'none' }));
  });

  it('has equally many images of every class, or one more, each as often as the others of its class', () => {
    const drawn = order(1);
    expect(drawn).toHaveLength(14);
    expect(classCounts(drawn, { labels, classes }).sort()).toEqual([4, 5, 5]);
    const times = images.map((image) => drawn.filter((other) => other === image).length);
    expect(Math.max(...times.slice(0, 10))).toBe(1);
    expect(new Set(times.slice(10, 13)).size).toBeLessThanOrEqual(2);
    expect(Math.min(...times.slice(10, 13))).toBe(1);
  });

  it('depends on seed and epoch alone', () => {
    expect(order(3)).toEqual(order(3));
    expect(order(3)).not.toEqual(order(4));
    expect(order(3)).not.toEqual(order(3, { seed: 8 }));
    // Over several epochs, every image of the large class is used.
    const seen = new Set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10].flatMap((epoch) => order(epoch)));
    expect(seen.size).toBe(14);
  });
});

describe('balancedLoss', () => {
  beforeAll(() => selectEngine('wasm'));

  const logits = [
    [2, 1, 0],
    [0, 1, 3],
  ];
  const targets = [
    [1, 0, 0],
    [0, 0.2, 0.8],
  ];
  const counts = [10, 3, 1];
  const lossOf = (fields: { balance?: 'weights'; logitAdjustment?: number }) =>
    tf.tidy(() => {
      const loss = balancedLoss({ balance: 'none', logitAdjustment: 0, ...fields }, counts);
      return loss(tf.tensor2d(logits), tf.tensor2d(targets)).dataSync()[0]!;
    });
  /** Returns the log probabilities of a row. */
  const logProbabilities = (row: number[]) => {
    const sum = row.reduce((total, logit) => total + Math.exp(logit), 0);
    return row.map((logit) => logit - Math.log(sum));
  };

  it('is the mean cross-entropy for balanced classes', () => {
    const [first, second] = logits.map(logProbabilities);
    const expected = -(first![0]! + 0.2 * second![1]! + 0.8 * second![2]!) / 2;
    expect(lossOf({})).toBeCloseTo(expected, 5);
  });

  it('counts a class by the inverse of its share', () => {
    const [first, second] = logits.map(logProbabilities);
    const weight = (count: number) => 14 / (3 * count);
    const expected =
      -(weight(10) * first![0]! + 0.2 * weight(3) * second![1]! + 0.8 * weight(1) * second![2]!) /
      2;
    expect(lossOf({ balance: 'weights' })).toBeCloseTo(expected, 5);
  });

  it("adds the logarithms of the classes' shares to the logits", () => {
    const adjusted = logits.map((row) =>
      logProbabilities(row.map((logit, label) => logit + 0.5 * Math.log(counts[label]! / 14))),
    );
    const expected = -(adjusted[0]![0]! + 0.2 * adjusted[1]![1]! + 0.8 * adjusted[1]![2]!) / 2;
    expect(lossOf({ logitAdjustment: 0.5 })).toBeCloseTo(expected, 5);
  });
});

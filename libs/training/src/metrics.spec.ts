import { describe, expect, it } from 'vitest';
import { MetricsAccumulator } from './metrics';

describe('MetricsAccumulator', () => {
  it('counts over batches', () => {
    const metrics = new MetricsAccumulator(7);
    metrics.add(Float32Array.of(7, 6, 5, 4, 3, 2, 1, 1, 2, 3, 4, 5, 6, 7), [0, 2]);
    metrics.add(Float32Array.of(1, 2, 3, 4, 5, 6, 7), [1]);
    const { top1, top5, loss, confusion } = metrics.result();
    expect(top1).toBeCloseTo(1 / 3);
    expect(top5).toBeCloseTo(2 / 3);
    expect([...confusion.entries()]).toEqual([
      { actual: 0, predicted: 0, count: 1 },
      { actual: 2, predicted: 6, count: 1 },
      { actual: 1, predicted: 6, count: 1 },
    ]);
    const logSum = Math.log([1, 2, 3, 4, 5, 6, 7].reduce((sum, x) => sum + Math.exp(x), 0));
    expect(loss).toBeCloseTo((3 * logSum - 7 - 3 - 2) / 3, 5);
  });

  it('says of each class how often it is right', () => {
    const metrics = new MetricsAccumulator(4);
    const answer = (predicted: number) =>
      Float32Array.from([0, 1, 2, 3], (index) => Number(index === predicted));
    for (const [actual, predicted] of [
      [0, 0],
      [0, 2],
      [2, 2],
      [2, 2],
    ]) {
      metrics.add(answer(predicted!), [actual!]);
    }
    metrics.add(answer(3), [2]);
    expect(metrics.result().confusion.byClass()).toEqual([
      { class: 0, images: 2, correct: 1, predicted: 1, recall: 1 / 2, precision: 1 },
      { class: 2, images: 3, correct: 2, predicted: 3, recall: 2 / 3, precision: 2 / 3 },
      { class: 3, images: 0, correct: 0, predicted: 1, recall: null, precision: 0 },
    ]);
  });

  it('gives no credit for ties, and survives huge logits', () => {
    const metrics = new MetricsAccumulator(2);
    metrics.add(Float32Array.of(0, 0, 1e5, -1e5), [1, 0]);
    expect(metrics.result()).toMatchObject({ top1: 0.5, top5: 1 });
    expect(metrics.result().loss).toBeCloseTo(Math.LN2 / 2);
  });

  it('takes memory for the images that it has seen, however many classes there are', () => {
    const classes = 21_843;
    const images = 300;
    const metrics = new MetricsAccumulator(classes);
    const before = process.memoryUsage().heapUsed;
    for (let image = 0; image < images; image++) {
      const logits = new Float32Array(classes);
      logits[(image * 7919) % classes] = 1;
      metrics.add(logits, [(image * 73) % classes]);
    }
    const { confusion, top1 } = metrics.result();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 * 2 ** 20);
    expect(confusion.size).toBe(images);
    expect([...confusion.entries()][5]).toEqual({ actual: 365, predicted: 17_752, count: 1 });
    expect(top1).toBe(1 / images);
  });
});

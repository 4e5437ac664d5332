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
    expect(confusion[0]).toEqual([1, 0, 0, 0, 0, 0, 0]);
    expect(confusion[2]![6]).toBe(1);
    const logSum = Math.log([1, 2, 3, 4, 5, 6, 7].reduce((sum, x) => sum + Math.exp(x), 0));
    expect(loss).toBeCloseTo((3 * logSum - 7 - 3 - 2) / 3, 5);
  });

  it('gives no credit for ties, and survives huge logits', () => {
    const metrics = new MetricsAccumulator(2);
    metrics.add(Float32Array.of(0, 0, 1e5, -1e5), [1, 0]);
    expect(metrics.result()).toMatchObject({ top1: 0.5, top5: 1 });
    expect(metrics.result().loss).toBeCloseTo(Math.LN2 / 2);
  });
});

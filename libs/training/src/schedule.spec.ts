import { describe, expect, it } from 'vitest';
import { learningRateAt } from './schedule';

describe('learningRateAt', () => {
  const schedule = { peak: 2, warmupSteps: 4, steps: 14 };

  it('rises linearly to the peak, then falls along half a cosine', () => {
    const rates = Array.from({ length: 14 }, (_, step) => learningRateAt(step, schedule));
    expect(rates.slice(0, 5)).toEqual([0.5, 1, 1.5, 2, 2]);
    expect(rates[9]).toBeCloseTo(1);
    expect(rates[13]).toBeGreaterThan(0);
    expect(rates[13]).toBeLessThan(0.06);
  });

  it('starts at the peak without a warm-up', () => {
    expect(learningRateAt(0, { ...schedule, warmupSteps: 0 })).toBe(2);
  });
});

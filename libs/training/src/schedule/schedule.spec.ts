import { describe, expect, it } from 'vitest';
import { learningRateAt } from './schedule';
import type { Schedule } from './schedule-shapes';

const schedule: Schedule = {
  schedule: 'cosine',
  peak: 2,
  minimum: 0,
  warmupSteps: 4,
  steps: 14,
  stepsPerEpoch: 2,
  staircaseRate: 0.5,
  staircaseEpochs: 2.5,
};

const ratesOf = (fields: Partial<Schedule>) =>
  Array.from({ length: fields.steps ?? schedule.steps }, (_, step) =>
    learningRateAt(step, { ...schedule, ...fields }),
  );

describe('learningRateAt', () => {
  it('rises linearly to the peak, then falls along half a cosine', () => {
    const rates = ratesOf({});
    expect(rates.slice(0, 5)).toEqual([0.5, 1, 1.5, 2, 2]);
    expect(rates[9]).toBeCloseTo(1);
    expect(rates[13]).toBeGreaterThan(0);
    expect(rates[13]).toBeLessThan(0.06);
  });

  it('gives the cosine of trainings from before there were other schedules, to the bit', () => {
    const [peak, warmupSteps, steps] = [0.0007, 3, 97];
    ratesOf({ peak, warmupSteps, steps }).forEach((rate, step) => {
      const progress = (step - warmupSteps) / (steps - warmupSteps);
      const before =
        step < warmupSteps
          ? (peak * (step + 1)) / warmupSteps
          : peak * 0.5 * (1 + Math.cos(Math.PI * progress));
      expect(rate).toBe(before);
    });
  });

  it('starts at the peak without a warm-up', () => {
    for (const name of ['constant', 'cosine', 'linear', 'staircase'] as const) {
      expect(ratesOf({ schedule: name, warmupSteps: 0 })[0], name).toBe(2);
    }
  });

  it('stays at the peak where it is constant', () => {
    expect(ratesOf({ schedule: 'constant' }).slice(3)).toEqual(Array(11).fill(2));
  });

  it('falls linearly to the minimum', () => {
    const rates = ratesOf({ schedule: 'linear', warmupSteps: 0, steps: 4, minimum: 1 });
    expect(rates).toEqual([2, 1.75, 1.5, 1.25]);
  });

  it('ends a cosine at the minimum', () => {
    const rates = ratesOf({ minimum: 0.5 });
    expect(rates[9]).toBeCloseTo(1.25);
    expect(Math.min(...rates.slice(4))).toBe(rates[13]);
    expect(rates[13]).toBeGreaterThan(0.5);
  });

  it('takes stairs that count from the first step, down to the minimum', () => {
    const rates = ratesOf({ schedule: 'staircase', minimum: 0.7 });
    // A stair has 5 steps, of which the warm-up has taken 4.
    expect(rates.slice(3)).toEqual([2, 2, 1, 1, 1, 1, 1, 0.7, 0.7, 0.7, 0.7]);
  });

  it("is one cycle as PyTorch's OneCycleLR", () => {
    const rates = ratesOf({ schedule: 'one-cycle', peak: 0.1, warmupSteps: 0, steps: 10 });
    // torch 2.15: OneCycleLR(optimizer, max_lr=0.1, total_steps=10)
    const expected = [
      0.004, 0.052, 0.1, 0.09504846320134738, 0.0811745653949763, 0.06112620219362893,
      0.03887419780637107, 0.0188258346050237, 0.004951936798652629, 4e-7,
    ];
    rates.forEach((rate, step) => expect(rate).toBeCloseTo(expected[step]!, 12));
  });

  it.each([1, 2, 3, 4, 5, 7])('has sound rates for one cycle of %d steps', (steps) => {
    for (const rate of ratesOf({ schedule: 'one-cycle', warmupSteps: 0, steps })) {
      expect(rate).toBeGreaterThan(0);
      expect(rate).toBeLessThanOrEqual(2);
    }
  });
});

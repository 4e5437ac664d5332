import { describe, expect, it } from 'vitest';
import { recipeSchema } from './recipe/recipe';
import { phaseOf, planOf, planWithin, settledRecipe } from './training-plan';

const recipe = recipeSchema.parse({
  epochs: 5,
  headEpochs: 2,
  warmupEpochs: 1,
  batchSize: 4,
  accumulation: 2,
  learningRate: 0.3,
  minLearningRate: 0.1,
});

it('has whole steps of whole batches, and at least one', () => {
  expect(planOf(39, recipe)).toEqual({
    epochs: 5,
    headEpochs: 2,
    warmupEpochs: 1,
    stepsPerEpoch: 4,
    learningRate: 0.3,
  });
  expect(planOf(3, { ...recipe, accumulation: 1 }).stepsPerEpoch).toBe(1);
});

it('refuses images that are too few for a step', () => {
  expect(() => planOf(7, recipe)).toThrow('A step takes 8 images');
  expect(() => planOf(1, { ...recipe, accumulation: 1 })).toThrow('at least 2 images');
  expect(() => planOf(9, { ...recipe, batchSize: 1 })).toThrow('at least 2 images');
});

it('trains the head at a constant rate first, then everything with warm-up and schedule', () => {
  const plan = planOf(40, recipe);
  expect([1, 2, 3, 5].map((epoch) => phaseOf(epoch, plan, recipe))).toEqual([
    expect.objectContaining({ trainable: 'head', firstStep: 0 }),
    expect.objectContaining({ trainable: 'head', firstStep: 0 }),
    expect.objectContaining({ trainable: 'all', firstStep: 10 }),
    expect.objectContaining({ trainable: 'all', firstStep: 10 }),
  ]);
  expect(phaseOf(1, plan, recipe).schedule).toMatchObject({
    schedule: 'constant',
    peak: 0.3,
    warmupSteps: 0,
    steps: 10,
  });
  expect(phaseOf(3, plan, recipe).schedule).toMatchObject({
    schedule: 'cosine',
    peak: 0.3,
    minimum: 0.1,
    warmupSteps: 5,
    steps: 15,
    stepsPerEpoch: 5,
  });
});

describe('planWithin', () => {
  // 10 steps and a validation take 12 seconds.
  const plan = planOf(80, recipe);
  const pace = { step: 1, validation: 2 };
  const within = (seconds: number, keep: 'last' | 'soup' = 'last') =>
    planWithin(seconds, plan, pace, { keep });

  it('leaves a training as it is that fits', () => {
    expect(within(70)).toBe(plan);
  });

  it('has as many epochs as surely fit, the rest of the schedule in proportion', () => {
    expect(within(60)).toEqual({ ...plan, epochs: 4, headEpochs: 2, warmupEpochs: 0.8 });
    expect(within(30)).toEqual({ ...plan, epochs: 2, headEpochs: 1, warmupEpochs: 0.4 });
    expect(within(15)).toEqual({ ...plan, epochs: 1, headEpochs: 0, warmupEpochs: 0.2 });
  });

  it('leaves time to validate what is kept', () => {
    expect(within(60, 'soup').epochs).toBe(4);
    expect(within(55, 'soup').epochs).toBe(3);
  });

  it('has part of an epoch where not even one fits, and at least a step', () => {
    expect(within(10)).toMatchObject({ epochs: 1, headEpochs: 0, stepsPerEpoch: 7 });
    expect(within(0.1)).toMatchObject({ epochs: 1, stepsPerEpoch: 1 });
    expect(within(-5)).toMatchObject({ epochs: 1, stepsPerEpoch: 1 });
  });

  it('ends every schedule where it is to end, whatever fits', () => {
    for (let seconds = 1; seconds < 80; seconds += 3) {
      const fitted = within(seconds);
      const { schedule, firstStep } = phaseOf(fitted.epochs, fitted, recipe);
      expect(firstStep + schedule.steps).toBe(fitted.epochs * fitted.stepsPerEpoch);
      expect(schedule.warmupSteps).toBeLessThan(schedule.steps);
      expect(recipeSchema.parse(settledRecipe(recipe, fitted))).toBeDefined();
    }
  });
});

it('settles nothing where the recipe leaves nothing open', () => {
  expect(settledRecipe(recipe, planOf(80, recipe))).toEqual(recipe);
});

it('settles what the recipe leaves open', () => {
  const open = { ...recipe, learningRate: 0, budgetMinutes: 3, patience: 2 };
  const plan = { ...planOf(80, open), epochs: 2, headEpochs: 1, learningRate: 0.05 };
  expect(settledRecipe(open, plan)).toMatchObject({
    epochs: 2,
    headEpochs: 1,
    learningRate: 0.05,
    minLearningRate: 0.05,
    patience: 0,
    budgetMinutes: 0,
  });
});

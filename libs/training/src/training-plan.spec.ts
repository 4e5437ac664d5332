import { expect, it } from 'vitest';
import { recipeSchema } from './recipe/recipe';
import { phaseOf, planOf } from './training-plan';

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
  expect(planOf(39, recipe)).toEqual({ epochs: 5, headEpochs: 2, stepsPerEpoch: 4 });
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

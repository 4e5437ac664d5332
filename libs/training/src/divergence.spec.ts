import { expect, it } from 'vitest';
import { TrainingDivergedError } from './divergence';
import { recipeSchema } from './recipe/recipe';

it('names what in the recipe makes a training diverge', () => {
  const recipe = recipeSchema.parse({
    optimizer: 'sgd',
    learningRate: 3,
    clipNorm: 0,
    warmupEpochs: 0,
    precision: 'bf16',
    headFactor: 30,
  });
  const { message, step } = new TrainingDivergedError(12, 'the loss is NaN', recipe);
  expect(step).toBe(12);
  expect(message).toMatch(
    /^The training diverged at step 12: the loss is NaN\. Likely causes: learningRate 3 is above 0\.1, the usual one of sgd; .*headFactor 30.*clipNorm is 0.*warmupEpochs is 0.*bf16/,
  );
});

it('advises a lower learning rate where the recipe looks harmless', () => {
  const { message } = new TrainingDivergedError(1, 'the loss is NaN', recipeSchema.parse({}));
  expect(message).toContain('the loss is NaN. A lower learning rate or a longer warm-up helps');
});

import type { Classifier } from '@coatrack/models';
import type { Loss } from './class-balance';
import { createOptimizer } from './optimizers/create-optimizer';
import type { Recipe } from './recipe/recipe';
import { TrainStep } from './train-step';

/**
 * Runs steps that leave nothing behind: weights, statistics and counters are put back to the bit, whatever came of the steps.
 * @param rehearse is given what runs a step, with an optimizer of its own
 */
export async function inRehearsal<Result>(
  classifier: Classifier,
  recipe: Recipe,
  loss: Loss,
  rehearse: (trainStep: TrainStep) => Promise<Result>,
): Promise<Result> {
  const parameters = classifier.parameters.filter(
    ({ spec }) => spec.head || recipe.trainable === 'all',
  );
  const putBack = classifier.snapshot();
  const optimizer = createOptimizer(parameters, recipe);
  try {
    return await rehearse(new TrainStep(classifier, parameters, optimizer, recipe, loss));
  } finally {
    optimizer.dispose();
    putBack();
  }
}

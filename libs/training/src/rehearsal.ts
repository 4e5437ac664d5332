import type { Classifier } from '@coatrack/models';
import type { Loss } from './class-balance';
import { createOptimizer } from './optimizers/create-optimizer';
import type { Recipe } from './recipe/recipe';
import { learningParameters, TrainStep } from './train-step';

/**
 * Runs steps without lasting effect: weights, statistics and counters are restored to the bit, whether or not the steps
 * succeed.
 * @param rehearse called with a function that runs a step with a separate optimizer
 */
export async function inRehearsal<Result>(
  classifier: Classifier,
  recipe: Recipe,
  loss: Loss,
  rehearse: (trainStep: TrainStep) => Promise<Result>,
): Promise<Result> {
  const parameters = learningParameters(classifier, recipe.trainable);
  const putBack = classifier.snapshot();
  const optimizer = createOptimizer(parameters, recipe);
  try {
    return await rehearse(new TrainStep(classifier, parameters, optimizer, recipe, loss));
  } finally {
    optimizer.dispose();
    putBack();
  }
}

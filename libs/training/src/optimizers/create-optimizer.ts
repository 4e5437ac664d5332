import type { Parameter } from '@coatrack/models';
import type { Recipe } from '../recipe/recipe';
import { adamW } from './adamw';
import { type Method, type Optimizer, SlotOptimizer } from './optimizer';
import { withRates } from './parameter-rates';
import { rmsProp } from './rmsprop';
import { sgd } from './sgd';

const methods: Record<Recipe['optimizer'], (recipe: Recipe) => Method> = {
  adamw: adamW,
  sgd,
  rmsprop: rmsProp,
};

/**
 * Creates the recipe's optimizer with fresh slots.
 * @param parameters in state-dict order
 */
export function createOptimizer(parameters: readonly Parameter[], recipe: Recipe): Optimizer {
  const method = methods[recipe.optimizer](recipe);
  return new SlotOptimizer(withRates(parameters, recipe), method, recipe.weightDecay);
}

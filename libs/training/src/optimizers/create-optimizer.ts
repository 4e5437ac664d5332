import type { Parameter } from '@coatrack/models';
import type { Recipe } from '../recipe/recipe';
import { adamW } from './adamw';
import { type Method, type Optimizer, SlotOptimizer } from './optimizer';
import { rmsProp } from './rmsprop';
import { sgd } from './sgd';

const methods: Record<Recipe['optimizer'], (recipe: Recipe) => Method> = {
  adamw: adamW,
  sgd,
  rmsprop: rmsProp,
};

/** Its slots start anew. */
export function createOptimizer(parameters: readonly Parameter[], recipe: Recipe): Optimizer {
  return new SlotOptimizer(parameters, methods[recipe.optimizer](recipe), recipe.weightDecay);
}

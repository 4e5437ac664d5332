import type { Parameter } from '@coatrack/models';
import type { Recipe } from '../recipe';
import { AdamW } from './adamw';
import type { Optimizer } from './optimizer';
import { Sgd } from './sgd';

export function createOptimizer(
  parameters: readonly Parameter[],
  { optimizer, weightDecay, momentum }: Recipe,
): Optimizer {
  switch (optimizer) {
    case 'adamw':
      return new AdamW(parameters, weightDecay);
    case 'sgd':
      return new Sgd(parameters, { momentum, weightDecay });
  }
}

import type { Parameter } from '@coatrack/models';
import type { Recipe } from '../recipe/recipe';
import type { RatedParameter } from './optimizer';

/** A block by the start of its parameters' names, as timm and torchvision write them. */
const blockName =
  /^(?:blocks\.\d+\.\d+|stages\.\d+\.blocks\.\d+|features\.\d+\.\d+(?=\.block\.))\./;

/**
 * Gives every parameter its share of the learning rate: `headFactor` in the classifier head, and `layerDecay` to the power of
 * the layers above it elsewhere. A layer is a block; what lies before, between and after blocks is one as well.
 * BEiT, arXiv:2106.08254, and timm's param_groups_layer_decay.
 * @param parameters in state-dict order, from the stem to the head
 */
export function withRates(
  parameters: readonly Parameter[],
  { layerDecay, headFactor }: Pick<Recipe, 'layerDecay' | 'headFactor'>,
): RatedParameter[] {
  let layer = 0;
  let name: string | undefined;
  const placed = parameters.map(({ spec, variable }) => {
    const block = blockName.exec(spec.name)?.[0] ?? '';
    if (!spec.head && block !== name) {
      name = block;
      layer++;
    }
    return { spec, variable, layer };
  });
  return placed.map(({ spec, variable, layer: own }) => {
    const rate = spec.head ? headFactor : layerDecay ** (layer + 1 - own);
    return { spec, variable, rate };
  });
}

import type { Parameter } from '@coatrack/models';
import type { Recipe } from '../recipe/recipe';
import type { RatedParameter } from './optimizer';

/** Matches the start of a parameter's name that identifies its block, as timm and torchvision write it. */
const blockName =
  /^(?:blocks\.\d+\.\d+|stages\.\d+\.blocks\.\d+|features\.\d+\.\d+(?=\.block\.))\./;

/**
 * Gives every parameter its share of the learning rate: `headFactor` in the classifier head, and elsewhere `layerDecay` to the
 * power of the number of layers above it. Each block is a layer, and so are the parts before, between and after blocks.
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

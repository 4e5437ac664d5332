import type { Architecture } from '../architectures/architecture';
import { cost } from '../interpreters/cost/cost';
import { matchWeights } from '../weights/match-weights';
import type { WeightsSource } from '../weights/weights-source';
import { networkOf } from './fit/network';

/**
 * Checks that weights belong to an architecture with this number of classes, for any image size of its position tables.
 * Reads only names and shapes and needs no engine.
 * @param classes undefined accepts any classifier, or none
 * @throws WeightsMismatchError naming all missing, extra and misshaped tensors
 */
export function validateWeights(
  source: Pick<WeightsSource, 'tensors' | 'nameInFile'> & { hints?: () => readonly string[] },
  architecture: Architecture,
  classes: number | undefined,
): void {
  const { trainImageSize: imageSize } = architecture;
  const { tensors } = cost(architecture, { imageSize, classes: classes ?? 1 });
  matchWeights(tensors, source, { ignoreHead: classes === undefined, hints: source.hints });
}

/** Returns the number of outputs of the weights' classifier, which is the size of its bias; undefined if there is none. */
export function classesOf(
  source: Pick<WeightsSource, 'tensors'>,
  architecture: Architecture,
): number | undefined {
  const shape = source.tensors.get(networkOf(architecture).head.bias.name)?.shape;
  return shape?.length === 1 ? shape[0] : undefined;
}

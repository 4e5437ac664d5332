import type { Architecture } from '../architecture';
import { cost } from '../cost/cost';
import { matchWeights } from './match-weights';
import type { WeightsSource } from './weights-source';

/**
 * Checks that weights are those of an architecture with so many classes, whatever image size its position tables are
 * for. Reads names and shapes only; needs no engine.
 * @throws WeightsMismatchError naming all missing, extra and misshaped tensors
 */
export function validateWeights(
  source: Pick<WeightsSource, 'tensors' | 'nameInFile'>,
  architecture: Architecture,
  classes: number,
): void {
  const { tensors } = cost(architecture, { imageSize: architecture.trainImageSize, classes });
  matchWeights(tensors, source, { ignoreHead: false });
}

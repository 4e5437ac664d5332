import type { Architecture } from '../architectures/architecture';
import { cost } from '../interpreters/cost/cost';
import { matchWeights } from './match-weights';
import type { WeightsSource } from './weights-source';

/**
 * Checks that weights are those of an architecture with so many classes, whatever image size its position tables are
 * for. Reads names and shapes only; needs no engine.
 * @param classes undefined: whatever classifier they have, or none
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

import type { Architecture } from '../architectures/architecture';
import type { WeightsSource } from '../weights/weights-source';
import { networkOf } from './fit/network';

/** Returns how many outputs the weights' classifier has: its bias has one value for each; undefined where there is none. */
export function classesOf(
  source: Pick<WeightsSource, 'tensors'>,
  architecture: Architecture,
): number | undefined {
  const shape = source.tensors.get(networkOf(architecture).head.bias.name)?.shape;
  return shape?.length === 1 ? shape[0] : undefined;
}

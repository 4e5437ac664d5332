import type { Architecture } from '../architecture';
import { cost } from '../cost/cost';
import type { WeightsSource } from '../weights/weights-source';

/** How many classes the weights' classifier tells apart: its bias has one value a class; undefined where it has none. */
export function classesOf(
  source: Pick<WeightsSource, 'tensors'>,
  architecture: Architecture,
): number | undefined {
  const { tensors } = cost(architecture, { imageSize: architecture.trainImageSize, classes: 1 });
  const bias = tensors.find(({ head, shape }) => head && shape.length === 1);
  const shape = bias && source.tensors.get(bias.name)?.shape;
  return shape?.length === 1 ? shape[0] : undefined;
}

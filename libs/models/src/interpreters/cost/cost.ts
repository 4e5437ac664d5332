import type { Architecture } from '../../architectures/architecture';
import { checkImageSize } from '../../architectures/catalogue';
import { ScopedNet } from '../../net/scoped-net';
import type { TensorSpec } from '../../net/tensor-spec';
import { CostOperations, type RegionCost } from './cost-operations';

/** What one image costs, and all that the weights are made of. */
export interface Cost {
  /** Number of trained values. */
  parameters: number;
  /** Number of values in running means and variances. */
  statistics: number;
  /** Multiply-accumulates of convolutions, dense layers and attention for one image. */
  macs: number;
  /** Values that a training step keeps of one image until it has differentiated them. */
  activations: number;
  /** Values of the largest among them. */
  largestActivation: number;
  /** In state-dict order. */
  tensors: readonly TensorSpec[];
  /** The named parts of the network, each listed when it is complete: blocks before the stage they make up. */
  stages: readonly RegionCost[];
}

/**
 * Reads an architecture without allocating any tensor.
 * @throws ImageSizeError when the network cannot look at images of this size
 */
export function cost(
  architecture: Architecture,
  { imageSize, classes }: { imageSize: number; classes: number },
): Cost {
  checkImageSize(architecture, imageSize);
  const operations = new CostOperations();
  const net = new ScopedNet(operations, architecture.headScope);
  architecture.forward<readonly number[]>(net, [1, imageSize, imageSize, 3], { classes });
  const { macs, parameters, activations, largestActivation, tensors, regions } = operations;
  const statistics = tensors
    .filter(({ role }) => role === 'statistic')
    .reduce((sum, { shape }) => sum + shape[0], 0);
  return { parameters, statistics, macs, activations, largestActivation, tensors, stages: regions };
}

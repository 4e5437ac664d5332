import type { Architecture } from '../../architectures/architecture';
import { checkImageSize } from '../../architectures/catalogue';
import { ScopedNet } from '../../net/scoped-net';
import type { TensorSpec } from '../../net/tensor-spec';
import { CostOperations, type RegionCost } from './cost-operations';

/** The cost of one image, and the network's tensors. */
export interface Cost {
  /** Number of trained values. */
  parameters: number;
  /** Number of values in running means and variances. */
  statistics: number;
  /** Multiply-accumulates of convolutions, dense layers and attention for one image. */
  macs: number;
  /** Number of values that a training step keeps per image for differentiation. */
  activations: number;
  /** Number of values of the largest intermediate result. */
  largestActivation: number;
  /** All tensors in state-dict order. */
  tensors: readonly TensorSpec[];
  /** The named parts of the network, blocks before the stage that contains them. */
  stages: readonly RegionCost[];
}

/**
 * Computes the cost of an architecture without allocating tensors.
 * @throws ImageSizeError when the network does not accept images of this size
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

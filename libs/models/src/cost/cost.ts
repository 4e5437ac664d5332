import type { Architecture } from '../architecture';
import type { TensorSpec } from '../net/tensor-spec';

/** What one picture costs, and all that the weights are made of. */
export interface Cost {
  /** Number of trained values. */
  parameters: number;
  /** Number of values in running means and variances. */
  statistics: number;
  /** Multiply-accumulates of convolutions, dense layers and attention for one picture. */
  macs: number;
  /** In state-dict order. */
  tensors: readonly TensorSpec[];
  /** Named parts in order of completion, with their output [height, width, channels] or [features] and their own MACs. */
  stages: readonly { name: string; shape: readonly number[]; macs: number; parameters: number }[];
}
export declare function cost(
  architecture: Architecture,
  options: { imageSize: number; classes: number },
): Cost;

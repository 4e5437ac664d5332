import type * as tf from '@tensorflow/tfjs-core';
import type { Architecture } from '../architecture';
import type { TensorSpec } from '../net/tensor-spec';
import type { WeightsSource, WeightsTensor } from '../weights/weights-source';

/** One tensor of a classifier with its values, in TensorFlow's layout. */
export interface Parameter {
  spec: TensorSpec;
  variable: tf.Variable;
}

/** How the training reading runs. */
export interface TrainingMode {
  /** The backbone's batch norms use running statistics, it has no stochastic depth and nothing in it is differentiated. */
  frozenBackbone: boolean;
  /** Dropout before the head, in [0, 1). */
  dropRate: number;
  /** Stochastic depth of the deepest block, in [0, 1). */
  dropPathRate: number;
  /** Of this step's dropout and stochastic depth. */
  seed: number;
}

export declare class Classifier {
  constructor(
    architecture: Architecture,
    options: { classes: number; imageSize: number; seed?: number },
  );
  readonly architecture: Architecture;
  readonly classes: number;
  readonly imageSize: number;
  readonly parameters: readonly Parameter[];
  readonly statistics: readonly Parameter[];
  predict(images: tf.Tensor4D): tf.Tensor2D;
  forward(images: tf.Tensor4D, mode: TrainingMode): tf.Tensor2D;
  load(source: WeightsSource, options: { replaceHead: boolean }): Promise<void>;
  save(): WeightsTensor[];
  dispose(): void;
}

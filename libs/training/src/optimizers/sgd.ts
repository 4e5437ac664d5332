import type { Parameter } from '@coatrack/models';
import * as tf from '@tensorflow/tfjs-core';
import { optimizerKernels, runFusedUpdate } from './fused-kernels';
import { SlotOptimizer, type Update } from './optimizer';

/**
 * Gradient descent with Nesterov momentum; weight decay goes through the momentum, as in PyTorch, and only touches
 * parameters whose spec says so.
 */
export class Sgd extends SlotOptimizer {
  constructor(
    parameters: readonly Parameter[],
    private readonly options: { momentum: number; weightDecay: number },
  ) {
    super(parameters, ['velocity']);
  }

  protected override next(
    { spec, variable: parameter }: Parameter,
    [velocity]: readonly [tf.Variable],
    gradient: tf.Tensor,
    { learningRate, gradientScale }: Update,
  ): tf.Tensor[] {
    const { momentum } = this.options;
    const weightDecay = spec.decay ? this.options.weightDecay : 0;
    const fused = runFusedUpdate(
      optimizerKernels.sgd,
      { parameter, gradient, velocity },
      { learningRate, gradientScale, weightDecay, momentum, nesterov: true },
    );
    if (fused) return fused;
    const slope = tf.add(tf.mul(gradient, gradientScale), tf.mul(parameter, weightDecay));
    const next = tf.add(tf.mul(velocity, momentum), slope);
    const direction = tf.add(slope, tf.mul(next, momentum));
    return [tf.sub(parameter, tf.mul(direction, learningRate)), next];
  }
}

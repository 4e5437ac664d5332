import type { Parameter } from '@coatrack/models';
import * as tf from '@tensorflow/tfjs-core';
import { optimizerKernels, runFusedUpdate } from './fused-kernels';
import { SlotOptimizer, type Update } from './optimizer';

const beta1 = 0.9;
const beta2 = 0.999;
const epsilon = 1e-8;

/**
 * Adam with decoupled weight decay, which only touches parameters whose spec says so.
 * AdamW, arXiv:1711.05101, algorithm 2, with the decay times the learning rate as in PyTorch.
 */
export class AdamW extends SlotOptimizer {
  constructor(
    parameters: readonly Parameter[],
    private readonly weightDecay: number,
  ) {
    super(parameters, ['first_moment', 'second_moment']);
  }

  protected override next(
    { spec, variable: parameter }: Parameter,
    [firstMoment, secondMoment]: readonly [tf.Variable, tf.Variable],
    gradient: tf.Tensor,
    { step, learningRate, gradientScale }: Update,
  ): tf.Tensor[] {
    const weightDecay = spec.decay ? this.weightDecay : 0;
    const fused = runFusedUpdate(
      optimizerKernels.adamW,
      { parameter, gradient, firstMoment, secondMoment },
      { learningRate, gradientScale, beta1, beta2, epsilon, weightDecay, step },
    );
    if (fused) return fused;
    const scaled = tf.mul(gradient, gradientScale);
    const first = tf.add(tf.mul(firstMoment, beta1), tf.mul(scaled, 1 - beta1));
    const second = tf.add(tf.mul(secondMoment, beta2), tf.mul(tf.square(scaled), 1 - beta2));
    const deviation = tf.add(tf.sqrt(tf.div(second, 1 - beta2 ** step)), epsilon);
    const direction = tf.div(tf.div(first, 1 - beta1 ** step), deviation);
    const decayed = tf.mul(parameter, 1 - learningRate * weightDecay);
    return [tf.sub(decayed, tf.mul(direction, learningRate)), first, second];
  }
}

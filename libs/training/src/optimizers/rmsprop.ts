import * as tf from '@tensorflow/tfjs-core';
import { optimizerKernels } from '@coatrack/kernels/contracts';
import type { Method } from './optimizer';

/**
 * RMSProp as in tf.compat.v1.train.RMSPropOptimizer, which trained EfficientNetV2: epsilon inside the root, mean squares that
 * start at 1, the learning rate inside the momentum. Weight decay is added to the gradient.
 */
export function rmsProp({
  rho,
  momentum,
  epsilon,
}: {
  rho: number;
  momentum: number;
  epsilon: number;
}): Method<'RmsPropStep'> {
  return {
    kernel: optimizerKernels.rmsPropStep,
    slots: { mean_square: 1, momentum: 0 },
    attributes: () => ({ rho, momentum, epsilon }),
    next: ([parameter, gradient, meanSquare, moved], { learningRate }, weightDecay) => {
      const slope = tf.add(gradient!, tf.mul(parameter!, weightDecay));
      const square = tf.add(tf.mul(meanSquare!, rho), tf.mul(tf.square(slope), 1 - rho));
      const direction = tf.div(slope, tf.sqrt(tf.add(square, epsilon)));
      const move = tf.add(tf.mul(moved!, momentum), tf.mul(direction, learningRate));
      return [tf.sub(parameter!, move), square, move];
    },
  };
}

import * as tf from '@tensorflow/tfjs-core';
import { optimizerKernels } from '@coatrack/kernels/contracts';
import type { Method } from './optimizer';

/** Gradient descent with Nesterov momentum. Weight decay is added to the gradient before the momentum, as in PyTorch. */
export function sgd({ momentum }: { momentum: number }): Method<'SgdStep'> {
  return {
    kernel: optimizerKernels.sgdStep,
    slots: { velocity: 0 },
    attributes: () => ({ momentum, nesterov: true }),
    next: ([parameter, gradient, velocity], { learningRate }, weightDecay) => {
      const slope = tf.add(gradient!, tf.mul(parameter!, weightDecay));
      const next = tf.add(tf.mul(velocity!, momentum), slope);
      const direction = tf.add(slope, tf.mul(next, momentum));
      return [tf.sub(parameter!, tf.mul(direction, learningRate)), next];
    },
  };
}

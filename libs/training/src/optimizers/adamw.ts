import * as tf from '@tensorflow/tfjs-core';
import { optimizerKernels } from '@coatrack/kernels/contracts';
import type { Method } from './optimizer';

const beta1 = 0.9;
const beta2 = 0.999;

/**
 * Adam with decoupled weight decay.
 * AdamW, arXiv:1711.05101, algorithm 2, with the decay multiplied by the learning rate as in PyTorch.
 */
export function adamW({ epsilon }: { epsilon: number }): Method<'AdamWStep'> {
  return {
    kernel: optimizerKernels.adamWStep,
    slots: { first_moment: 0, second_moment: 0 },
    attributes: ({ step }) => ({ beta1, beta2, epsilon, step }),
    next: ([parameter, gradient, firstMoment, secondMoment], update, weightDecay) => {
      const { learningRate, step } = update;
      const first = tf.add(tf.mul(firstMoment!, beta1), tf.mul(gradient!, 1 - beta1));
      const square = tf.square(gradient!);
      const second = tf.add(tf.mul(secondMoment!, beta2), tf.mul(square, 1 - beta2));
      const deviation = tf.add(tf.sqrt(tf.div(second, 1 - beta2 ** step)), epsilon);
      const direction = tf.div(tf.div(first, 1 - beta1 ** step), deviation);
      const decayed = tf.mul(parameter!, 1 - learningRate * weightDecay);
      return [tf.sub(decayed, tf.mul(direction, learningRate)), first, second];
    },
  };
}

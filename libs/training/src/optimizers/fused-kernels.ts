import * as tf from '@tensorflow/tfjs-core';

/**
 * Kernels that an engine may register in TensorFlow.js's kernel registry for its backend: one pass over memory instead
 * of a dozen. Where the current backend has none, the update is composed of plain operations with the same result.
 * All tensors are float32 and shaped like the parameter. Outputs are new tensors.
 *
 * | kernel | inputs | attrs | outputs |
 * |---|---|---|---|
 * | `AdamWUpdate` | parameter, gradient, firstMoment, secondMoment | learningRate, gradientScale, weightDecay, beta1, beta2, epsilon, step | parameter, firstMoment, secondMoment |
 * | `SgdUpdate` | parameter, gradient, velocity | learningRate, gradientScale, weightDecay, momentum, nesterov | parameter, velocity |
 * | `GlobalNorm` | any number of tensors | – | √ of the sum of all squares [] |
 */
export const optimizerKernels = {
  adamW: 'AdamWUpdate',
  sgd: 'SgdUpdate',
  globalNorm: 'GlobalNorm',
} as const;

/** @returns the outputs, or undefined where the current backend doesn't have the kernel */
export function runFusedUpdate(
  kernel: (typeof optimizerKernels)[keyof typeof optimizerKernels],
  inputs: tf.NamedTensorMap,
  attributes: Record<string, number | boolean>,
): tf.Tensor[] | undefined {
  if (!tf.getKernel(kernel, tf.getBackend())) return undefined;
  return tf.engine().runKernel<tf.Tensor[]>(kernel, inputs, attributes);
}

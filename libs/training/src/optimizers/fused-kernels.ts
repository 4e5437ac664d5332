import * as tf from '@tensorflow/tfjs-core';

/**
 * Kernels that an engine may register in TensorFlow.js's kernel registry for its backend; one pass over memory instead
 * of a dozen. Where the current backend has none, the update is composed of plain operations with the same result.
 * All tensors are float32; all but gradientScale (a scalar) have the parameter's shape. Outputs are new tensors.
 *
 * | kernel | inputs | attrs | outputs |
 * |---|---|---|---|
 * | `AdamWUpdate` | parameter, gradient, firstMoment, secondMoment, gradientScale | learningRate, beta1, beta2, epsilon, weightDecay, step | parameter, firstMoment, secondMoment |
 * | `SgdUpdate` | parameter, gradient, velocity, gradientScale | learningRate, momentum, weightDecay | parameter, velocity |
 *
 * - `AdamWUpdate`: g = gradient·gradientScale; m' = beta1·m + (1−beta1)·g; v' = beta2·v + (1−beta2)·g²;
 *   p' = p·(1−learningRate·weightDecay) − learningRate·(m'/(1−beta1^step)) / (√(v'/(1−beta2^step)) + epsilon).
 * - `SgdUpdate`: g = gradient·gradientScale + weightDecay·p; u' = momentum·u + g; p' = p − learningRate·(g + momentum·u').
 */
export const optimizerKernels = { adamW: 'AdamWUpdate', sgd: 'SgdUpdate' } as const;

/** @returns the outputs, or undefined where the current backend doesn't have the kernel */
export function runFusedUpdate(
  kernel: (typeof optimizerKernels)[keyof typeof optimizerKernels],
  inputs: tf.NamedTensorMap,
  attributes: Record<string, number>,
): tf.Tensor[] | undefined {
  if (!tf.getKernel(kernel, tf.getBackend())) return undefined;
  return tf.engine().runKernel<tf.Tensor[]>(kernel, inputs, attributes);
}

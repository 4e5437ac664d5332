import * as tf from '@tensorflow/tfjs-core';

/**
 * Kernels that an engine may register in TensorFlow.js's kernel registry for its backend: all parameters in one call, in
 * place. Where the current backend has none, the step is composed of plain operations with the same result. Their
 * attributes and formulas are @coatrack/kernels' (optimizer-kernels.ts); all tensors are float32.
 *
 * | kernel | lists of tensors, an item a parameter | output |
 * |---|---|---|
 * | `AdamWStep` | parameters, gradients, first moments, second moments | norm |
 * | `SgdStep` | parameters, gradients, velocities | norm |
 * | `RmsPropStep` | parameters, gradients, mean squares, momenta | norm |
 * | `MovingAverages` | averages, values | none |
 *
 * All lists but the second are written to. norm [] is that of all gradients together, before clipping.
 */
export const optimizerKernels = {
  adamW: 'AdamWStep',
  sgd: 'SgdStep',
  rmsProp: 'RmsPropStep',
  movingAverages: 'MovingAverages',
} as const;

export type OptimizerKernel = (typeof optimizerKernels)[keyof typeof optimizerKernels];

/**
 * Runs a kernel in place.
 * @param written lists that it writes to
 * @param read its second list
 * @returns its outputs, or undefined where the current backend doesn't have the kernel
 */
export function runInPlace(
  kernel: OptimizerKernel,
  [first, ...others]: readonly [readonly tf.Variable[], ...(readonly tf.Variable[])[]],
  read: readonly tf.Tensor[],
  attributes: object,
): tf.Tensor[] | undefined {
  if (!tf.getKernel(kernel, tf.getBackend())) return undefined;
  const written = [first, ...others];
  written.flat().forEach(ownMemory);
  const inputs = [...first, ...read, ...others.flat()];
  return [
    tf.engine().runKernel<tf.Tensor | tf.Tensor[]>(kernel, inputs as never, attributes as never),
  ].flat();
}

/** Clones share memory: a variable that has some gets a copy for itself. */
function ownMemory(variable: tf.Variable): void {
  if (tf.engine().backend.refCount(variable.dataId) <= 1) return;
  tf.tidy(() => variable.assign(copyOf(variable)));
}

/** In memory of its own, unlike tf.clone. */
export function copyOf(tensor: tf.Tensor): tf.Tensor {
  return tf.mul(tensor, 1);
}

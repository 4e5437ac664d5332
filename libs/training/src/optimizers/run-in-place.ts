import type { OptimizerAttributes, OptimizerKernel } from '@coatrack/kernels/contracts';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Runs an optimizer kernel as @coatrack/kernels specifies it (contracts/optimizer-kernels.ts).
 * @param written lists that it writes to
 * @param read its second list
 * @returns its outputs, or undefined if the current backend doesn't have the kernel
 */
export function runInPlace<Kernel extends OptimizerKernel>(
  kernel: Kernel,
  [first, ...others]: readonly [readonly tf.Variable[], ...(readonly tf.Variable[])[]],
  read: readonly tf.Tensor[],
  attributes: OptimizerAttributes<Kernel>,
): tf.Tensor[] | undefined {
  if (!tf.getKernel(kernel, tf.getBackend())) return undefined;
  const written = [first, ...others];
  written.flat().forEach(ownMemory);
  const inputs = [...first, ...read, ...others.flat()];
  return [
    tf.engine().runKernel<tf.Tensor | tf.Tensor[]>(kernel, inputs as never, attributes as never),
  ].flat();
}

/** Gives a variable that shares memory with clones its own copy. */
function ownMemory(variable: tf.Variable): void {
  if (tf.engine().backend.refCount(variable.dataId) <= 1) return;
  tf.tidy(() => variable.assign(copyOf(variable)));
}

/** Copies a tensor into new memory, unlike tf.clone. */
export function copyOf(tensor: tf.Tensor): tf.Tensor {
  return tf.mul(tensor, 1);
}

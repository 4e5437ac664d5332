import type { LayerAttributes, LayerInputs, LayerKernel } from '@coatrack/kernels/contracts';
import * as tf from '@tensorflow/tfjs-core';

/** Returns whether the current backend has the kernel. */
export function hasKernel(kernel: LayerKernel): boolean {
  return tf.getKernel(kernel, tf.getBackend()) !== undefined;
}

/** Runs a layer's kernel on the current backend. */
export function runKernel<Kernel extends LayerKernel>(
  kernel: Kernel,
  inputs: Record<LayerInputs<Kernel>, tf.Tensor>,
  attributes: LayerAttributes<Kernel>,
): tf.Tensor[] {
  const outputs: tf.Tensor | tf.Tensor[] = tf
    .engine()
    .runKernel(kernel, inputs as tf.NamedTensorMap, attributes as tf.NamedAttrMap);
  return Array.isArray(outputs) ? outputs : [outputs];
}

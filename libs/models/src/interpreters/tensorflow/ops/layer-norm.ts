import { layerKernels } from '@coatrack/kernels/contracts';
import * as tf from '@tensorflow/tfjs-core';
import { hasKernel, runKernel } from './run-kernel';

/**
 * Layer norm over the last axis. arXiv:1607.06450.
 * @param x […, channels]
 * @param scale [channels]
 * @param offset [channels]
 * @returns like x
 */
export function layerNorm(
  x: tf.Tensor,
  scale: tf.Tensor,
  offset: tf.Tensor,
  { epsilon }: { epsilon: number },
): tf.Tensor {
  if (!hasKernel(layerKernels.layerNorm)) {
    const centred = tf.sub(x, tf.mean(x, -1, true));
    const variance = tf.mean(tf.square(centred), -1, true);
    const normal = tf.mul(centred, tf.rsqrt(tf.add(variance, epsilon)));
    return tf.add(tf.mul(normal, scale), offset);
  }
  const operation = tf.customGrad((...args) => {
    const [x, scale, offset] = args as tf.Tensor[];
    const save = args.at(-1) as tf.GradSaveFunc;
    const inputs = { x, scale, offset };
    const [value, mean, rstd] = runKernel(layerKernels.layerNorm, inputs, { epsilon });
    save([x, mean, rstd, scale]);
    const gradFunc = (dy: tf.Tensor, [x, mean, rstd, scale]: tf.Tensor[]) =>
      runKernel(layerKernels.layerNormGrad, { dy, x, mean, rstd, scale }, {});
    return { value, gradFunc };
  });
  return operation(x, scale, offset);
}

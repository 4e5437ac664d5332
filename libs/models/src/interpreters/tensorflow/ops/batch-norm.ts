import { layerKernels } from '@coatrack/kernels/contracts';
import * as tf from '@tensorflow/tfjs-core';
import type { BatchNormOptions } from '../../../net/net';
import { activate } from './activation';
import { hasKernel, runKernel } from './run-kernel';

/**
 * Batch norm with the batch's own statistics, then an activation. arXiv:1502.03167.
 * @param x […, channels]
 * @param scale [channels]
 * @param offset [channels]
 * @param onStatistics receives the mean and the biased variance [channels] during the call and must not keep them
 * @returns like x
 */
export function batchNormTraining(
  x: tf.Tensor,
  scale: tf.Tensor,
  offset: tf.Tensor,
  { epsilon, activation }: BatchNormOptions,
  onStatistics: (mean: tf.Tensor, variance: tf.Tensor) => void,
): tf.Tensor {
  if (!hasKernel(layerKernels.batchNormTraining)) {
    const axes = x.shape.slice(0, -1).map((_, axis) => axis);
    const mean = tf.mean(x, axes);
    const centred = tf.sub(x, mean);
    const variance = tf.mean(tf.square(centred), axes);
    onStatistics(mean, variance);
    const factor = tf.mul(scale, tf.rsqrt(tf.add(variance, epsilon)));
    return activate(tf.add(tf.mul(centred, factor), offset), activation);
  }
  const attrs = { epsilon, activation };
  const operation = tf.customGrad((...args) => {
    const [x, scale, offset] = args as tf.Tensor[];
    const save = args.at(-1) as tf.GradSaveFunc;
    const [value, mean, variance] = runKernel(
      layerKernels.batchNormTraining,
      { x, scale, offset },
      attrs,
    );
    onStatistics(mean, variance);
    save([x, mean, variance, scale, offset]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [x, mean, variance, scale, offset] = saved;
      const inputs = { dy, x, mean, variance, scale, offset };
      return runKernel(layerKernels.batchNormTrainingGrad, inputs, attrs);
    };
    return { value, gradFunc };
  });
  return operation(x, scale, offset);
}

interface BatchNormTensors {
  scale: tf.Tensor;
  offset: tf.Tensor;
  mean: tf.Tensor;
  variance: tf.Tensor;
}

/**
 * Batch norm with running statistics, then an activation, without gradients.
 * @param x […, channels]
 * @returns like x
 */
export function batchNormInference(
  x: tf.Tensor,
  { scale, offset, mean, variance }: BatchNormTensors,
  { epsilon, activation }: BatchNormOptions,
): tf.Tensor {
  if (hasKernel(layerKernels.batchNormInference)) {
    const inputs = { x, mean, variance, scale, offset };
    return runKernel(layerKernels.batchNormInference, inputs, { epsilon, activation })[0];
  }
  const factor = tf.mul(scale, tf.rsqrt(tf.add(variance, epsilon)));
  const shift = tf.sub(offset, tf.mul(mean, factor));
  return activate(tf.add(tf.mul(x, factor), shift), activation);
}

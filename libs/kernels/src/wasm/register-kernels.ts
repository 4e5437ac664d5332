import * as tf from '@tensorflow/tfjs-core';
import type { KernelDefinition, WasmContext } from './context';
import { batchNormInference, batchNormTraining, batchNormTrainingGrad } from './kernels/batch-norm';
import { binaryKernels } from './kernels/binary';
import { conv2d, conv2dBackpropFilter, conv2dBackpropInput } from './kernels/conv2d';
import {
  depthwiseConv2d,
  depthwiseConv2dBackpropFilter,
  depthwiseConv2dBackpropInput,
} from './kernels/depthwise-conv2d';
import { identity } from './kernels/identity';
import { layerNorm, layerNormGrad } from './kernels/layer-norm';
import { batchMatMul } from './kernels/mat-mul';
import { optimizerSteps } from './kernels/optimizers';
import { reductionKernels } from './kernels/reduce';
import { unsortedSegmentSum } from './kernels/segment-sum';
import { slice } from './kernels/slice';
import { softmax } from './kernels/softmax';
import { transpose } from './kernels/transpose';
import { activationGradients, unaryKernels } from './kernels/unary';

const definitions: readonly KernelDefinition[] = [
  conv2d,
  conv2dBackpropInput,
  conv2dBackpropFilter,
  depthwiseConv2d,
  depthwiseConv2dBackpropInput,
  depthwiseConv2dBackpropFilter,
  batchMatMul,
  ...binaryKernels,
  ...unaryKernels,
  ...activationGradients,
  ...reductionKernels,
  batchNormTraining,
  batchNormTrainingGrad,
  batchNormInference,
  layerNorm,
  layerNormGrad,
  softmax,
  transpose,
  slice,
  identity,
  unsortedSegmentSum,
  ...optimizerSteps,
];

/** Registers this engine's kernels, replacing those of tfjs-backend-wasm. */
export function registerKernels(context: WasmContext): void {
  // tfjs-backend-wasm 4.22 sends the gradient of windows without a positive value to the wrong pixel.
  tf.unregisterKernel(tf.MaxPoolGrad, 'wasm');
  for (const { name, make } of definitions) {
    const replaced = tf.getKernel(name, 'wasm');
    if (replaced) tf.unregisterKernel(name, 'wasm');
    tf.registerKernel({
      kernelName: name,
      backendName: 'wasm',
      kernelFunc: make(context, replaced),
      // The replaced kernel still runs for cases that ours does not support.
      setupFunc: replaced?.setupFunc,
    });
  }
}

import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import {
  type AdamWAttributes,
  optimizerKernels,
  type SgdAttributes,
} from '../../optimizer-kernels';
import type { KernelDefinition, WasmContext } from '../context';

function outputsLike(context: WasmContext, tensor: TensorInfo, count: number): TensorInfo[] {
  return Array.from({ length: count }, () => context.output(tensor.shape));
}

export const adamWUpdate: KernelDefinition = {
  name: optimizerKernels.adamWUpdate,
  make: (context) => (args) => {
    const { parameter, gradient, firstMoment, secondMoment } = args.inputs as Record<
      string,
      TensorInfo
    >;
    const attrs = args.attrs as unknown as AdamWAttributes;
    const outputs = outputsLike(context, parameter!, 3);
    const tensors = [parameter!, gradient!, firstMoment!, secondMoment!, ...outputs];
    context.pool.run(
      'adamW',
      util.sizeFromShape(parameter!.shape),
      8,
      ...tensors.map((tensor) => context.pointer(tensor)),
      ...[attrs.gradientScale, attrs.beta1, attrs.beta2],
      attrs.learningRate / (1 - attrs.beta1 ** attrs.step),
      1 / (1 - attrs.beta2 ** attrs.step),
      ...[attrs.epsilon, attrs.learningRate * attrs.weightDecay],
    );
    return outputs;
  },
};

export const sgdUpdate: KernelDefinition = {
  name: optimizerKernels.sgdUpdate,
  make: (context) => (args) => {
    const { parameter, gradient, velocity } = args.inputs as Record<string, TensorInfo>;
    const attrs = args.attrs as unknown as SgdAttributes;
    const outputs = outputsLike(context, parameter!, 2);
    const tensors = [parameter!, gradient!, velocity!, ...outputs];
    context.pool.run(
      'sgd',
      util.sizeFromShape(parameter!.shape),
      5,
      ...tensors.map((tensor) => context.pointer(tensor)),
      ...[attrs.gradientScale, attrs.learningRate, attrs.momentum, attrs.weightDecay],
      attrs.nesterov ? 1 : 0,
    );
    return outputs;
  },
};

import { TensorInfo } from '@tensorflow/tfjs-core';
import { aten } from '../aten';
import { Attributes, defineKernel, Input, Inputs } from '../define-kernel';
import { Handle } from '../native';
import { asOperand } from '../bfloat16';
import { TorchBackend } from '../torch-backend';
import {
  backward,
  convolve,
  filterFromAten,
  filterPlaceholder,
  filterToAten,
  fromChannelsFirst,
  geometry2d,
  geometry3d,
  outputSides,
  placeholder,
  toChannelsFirst,
} from './convolution-geometry';
import { fused } from './fused-convolution';
import { registerWinograd, winograd } from './winograd-convolution';

const asOperandOf = ({ handle }: Input) => asOperand(handle);

function conv2d({ x, filter }: Inputs, attrs: Attributes): Handle {
  const geometry = geometry2d(x!.shape, filter!.shape, attrs);
  const padding = winograd(x!.shape, filter!.shape, geometry, attrs.dataFormat);
  if (padding) {
    const sides = outputSides(x!.shape, filter!.shape, geometry);
    const shape = [x!.shape[0]!, ...sides, filter!.shape[3]!];
    return aten('coatrack::winograd', ...[x!, filter!].map(asOperandOf), ...padding, shape);
  }
  const y = convolve(
    toChannelsFirst(x!.handle, 4, attrs.dataFormat),
    filterToAten(filter!.handle, 4),
    geometry,
  );
  return fromChannelsFirst(y, 4, attrs.dataFormat);
}

export function registerConvolution(device: string): void {
  registerWinograd(device);
  const layOut = ({ filter }: Record<string, TensorInfo>, backend: TorchBackend) =>
    backend.layOutFilter(filter!);
  defineKernel('Conv2D', conv2d, layOut);
  defineKernel('FusedConv2D', fused(conv2d), layOut);
  defineKernel(
    'Conv2DBackpropInput',
    ({ dy, filter }, attrs) => {
      const geometry = geometry2d(attrs.inputShape, filter!.shape, attrs);
      const padding = winograd(attrs.inputShape, filter!.shape, geometry, attrs.dataFormat);
      if (padding) {
        const tensors = [dy!, filter!].map(asOperandOf);
        return aten('coatrack::winograd_input_grad', ...tensors, ...padding, attrs.inputShape);
      }
      const x = toChannelsFirst(placeholder(dy!, attrs.inputShape), 4, attrs.dataFormat);
      const grad = toChannelsFirst(dy!.handle, 4, attrs.dataFormat);
      const weights = filterToAten(filter!.handle, 4);
      return fromChannelsFirst(backward(grad, x, weights, geometry, 0), 4, attrs.dataFormat);
    },
    layOut,
  );
  defineKernel('Conv2DBackpropFilter', ({ x, dy }, attrs) => {
    const geometry = geometry2d(x!.shape, attrs.filterShape, attrs);
    const padding = winograd(x!.shape, attrs.filterShape, geometry, attrs.dataFormat);
    if (padding) {
      return aten('coatrack::winograd_filter_grad', ...[x!, dy!].map(asOperandOf), ...padding);
    }
    const filter = filterPlaceholder(x!, attrs.filterShape);
    const grad = toChannelsFirst(dy!.handle, 4, attrs.dataFormat);
    const input = toChannelsFirst(x!.handle, 4, attrs.dataFormat);
    return filterFromAten(backward(grad, input, filter, geometry, 1), 4);
  });

  defineKernel('Conv3D', ({ x, filter }, attrs) => {
    const geometry = geometry3d(x!.shape, filter!.shape, attrs);
    return fromChannelsFirst(
      convolve(toChannelsFirst(x!.handle, 5), filterToAten(filter!.handle, 5), geometry),
      5,
    );
  });
  defineKernel('Conv3DBackpropInputV2', ({ dy, filter }, attrs) => {
    const geometry = geometry3d(attrs.inputShape, filter!.shape, attrs);
    const x = toChannelsFirst(placeholder(dy!, attrs.inputShape), 5);
    const grad = backward(
      toChannelsFirst(dy!.handle, 5),
      x,
      filterToAten(filter!.handle, 5),
      geometry,
      0,
    );
    return fromChannelsFirst(grad, 5);
  });
  defineKernel('Conv3DBackpropFilterV2', ({ x, dy }, attrs) => {
    const geometry = geometry3d(x!.shape, attrs.filterShape, attrs);
    const filter = filterPlaceholder(x!, attrs.filterShape);
    const grad = backward(
      toChannelsFirst(dy!.handle, 5),
      toChannelsFirst(x!.handle, 5),
      filter,
      geometry,
      1,
    );
    return filterFromAten(grad, 5);
  });
}

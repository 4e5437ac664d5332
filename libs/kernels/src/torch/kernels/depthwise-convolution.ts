import { aten } from '../aten';
import { Attributes, defineKernel, Input, Inputs } from '../define-kernel';
import { Handle } from '../native';
import { asOperand } from '../bfloat16';
import {
  backward,
  convolve,
  fromChannelsFirst,
  type Geometry,
  geometry2d,
  outputSides,
  placeholder,
  toChannelsFirst,
} from './convolution-geometry';
import { fused } from './fused-convolution';

/** Whether our own kernels, which need the CPU, can run. */
let onCpu = true;

/** [height, width, in, multiplier] → [in · multiplier, 1, height, width] */
function depthwiseFilterToAten(
  filter: Handle,
  [height, width, channels, multiplier]: readonly number[],
): Handle {
  const first = aten('permute', filter, [2, 3, 0, 1]);
  return aten('reshape', first, [channels! * multiplier!, 1, height!, width!]);
}

function depthwiseFilterFromAten(
  filter: Handle,
  [height, width, channels, multiplier]: readonly number[],
): Handle {
  const split = aten('reshape', filter, [channels!, multiplier!, height!, width!]);
  return aten('permute', split, [2, 3, 0, 1]);
}

/**
 * Returns the arguments of coatrack::depthwise if it supports the convolution.
 * @returns stride, padding before the rows, padding before the columns; undefined if libtorch's operator is needed
 */
function direct(
  filterShape: readonly number[],
  { stride, dilation, padding }: Geometry,
): [number, number, number] | undefined {
  const [height, width, channels, multiplier] = filterShape;
  const fits = height === 3 && width === 3 && multiplier === 1 && channels! % 16 === 0;
  if (!onCpu || !fits || stride[0] !== stride[1] || dilation.some((step) => step !== 1))
    return undefined;
  return [stride[0]!, padding[0]![0], padding[1]![0]];
}

function depthwiseConv2d({ x, filter }: Inputs, attrs: Attributes): Handle {
  const geometry = geometry2d(x!.shape, filter!.shape, attrs, true);
  const simple = direct(filter!.shape, geometry);
  if (simple) {
    const sides = outputSides(x!.shape, filter!.shape, geometry);
    const shape = [x!.shape[0]!, ...sides, x!.shape[3]!];
    return aten('coatrack::depthwise', asOperand(x!.handle), filter!.handle, ...simple, shape);
  }
  const weights = depthwiseFilterToAten(filter!.handle, filter!.shape);
  return fromChannelsFirst(convolve(toChannelsFirst(x!.handle, 4), weights, geometry), 4);
}

function depthwiseFilterPlaceholder(
  like: Input,
  [height, width, channels, multiplier]: number[],
): Handle {
  return placeholder(like, [channels! * multiplier!, 1, height!, width!]);
}

export function registerDepthwiseConvolution(device: string): void {
  onCpu = device === 'cpu';
  defineKernel('DepthwiseConv2dNative', depthwiseConv2d);
  defineKernel('FusedDepthwiseConv2D', fused(depthwiseConv2d));
  defineKernel('DepthwiseConv2dNativeBackpropInput', ({ dy, filter }, attrs) => {
    const geometry = geometry2d(attrs.inputShape, filter!.shape, attrs, true);
    const simple = direct(filter!.shape, geometry);
    if (simple) {
      const tensors = [asOperand(dy!.handle), filter!.handle] as const;
      return aten('coatrack::depthwise_input_grad', ...tensors, ...simple, attrs.inputShape);
    }
    const x = toChannelsFirst(placeholder(dy!, attrs.inputShape), 4);
    const weights = depthwiseFilterToAten(filter!.handle, filter!.shape);
    return fromChannelsFirst(backward(toChannelsFirst(dy!.handle, 4), x, weights, geometry, 0), 4);
  });
  defineKernel('DepthwiseConv2dNativeBackpropFilter', ({ x, dy }, attrs) => {
    const geometry = geometry2d(x!.shape, attrs.filterShape, attrs, true);
    const simple = direct(attrs.filterShape, geometry);
    if (simple) {
      const tensors = [asOperand(x!.handle), asOperand(dy!.handle)] as const;
      return aten('coatrack::depthwise_filter_grad', ...tensors, ...simple);
    }
    const filter = depthwiseFilterPlaceholder(x!, attrs.filterShape);
    const grad = backward(
      toChannelsFirst(dy!.handle, 4),
      toChannelsFirst(x!.handle, 4),
      filter,
      geometry,
      1,
    );
    return depthwiseFilterFromAten(grad, attrs.filterShape);
  });
}

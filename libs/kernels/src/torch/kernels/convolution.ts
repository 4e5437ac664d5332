import { backend_util, TensorInfo } from '@tensorflow/tfjs-core';
import { aten, atenMany } from '../aten';
import { Attributes, defineKernel, Input, Inputs } from '../define-kernel';
import { Handle } from '../native';
import { asFloat32, asOperand } from '../precision';
import { TorchBackend } from '../torch-backend';
import { activate } from './elementwise';
import { pad } from './shape';

/** A convolution as ATen counts it: channels before space, one filter per output channel. */
interface Geometry {
  stride: number[];
  dilation: number[];
  /** before and after each spatial axis */
  padding: [number, number][];
  groups: number;
}

const channelsFirst = (rank: number) => [
  0,
  rank - 1,
  ...Array.from({ length: rank - 2 }, (_, i) => i + 1),
];
const channelsLast = (rank: number) => [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1];

/** tfjs's image tensor → ATen's order of axes. A view: no value moves. */
function toChannelsFirst(x: Handle, rank: number, dataFormat?: string): Handle {
  return dataFormat === 'NCHW' ? x : aten('permute', x, channelsFirst(rank));
}

function fromChannelsFirst(x: Handle, rank: number, dataFormat?: string): Handle {
  return dataFormat === 'NCHW' ? x : aten('permute', x, channelsLast(rank));
}

/** [space…, in, out] → [out, in, space…] */
function filterToAten(filter: Handle, rank: number): Handle {
  return aten('permute', filter, [
    rank - 1,
    rank - 2,
    ...Array.from({ length: rank - 2 }, (_, i) => i),
  ]);
}

function filterFromAten(filter: Handle, rank: number): Handle {
  return aten('permute', filter, [...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1, 0]);
}

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

const isSymmetric = ({ padding }: Geometry) => padding.every(([before, after]) => before === after);

/** ATen pads both sides alike; where TensorFlow's SAME doesn't, the input is padded beforehand. */
function padded(x: Handle, { padding }: Geometry): Handle {
  return pad(x, [[0, 0], [0, 0], ...padding], 0);
}

function attributes(geometry: Geometry): [number[], number[], number[], boolean, number[], number] {
  const symmetric = isSymmetric(geometry);
  const padding = geometry.padding.map(([before]) => (symmetric ? before : 0));
  return [
    geometry.stride,
    padding,
    geometry.dilation,
    false,
    padding.map(() => 0),
    geometry.groups,
  ];
}

function convolve(x: Handle, filter: Handle, geometry: Geometry): Handle {
  const operand = asOperand(x);
  const input = isSymmetric(geometry) ? operand : padded(operand, geometry);
  return aten('convolution', input, asOperand(filter), null, ...attributes(geometry));
}

/** The gradient of the input (wanted 0) or of the filter (wanted 1). */
function backward(
  dy: Handle,
  x: Handle,
  filter: Handle,
  geometry: Geometry,
  wanted: 0 | 1,
): Handle {
  const symmetric = isSymmetric(geometry);
  const operand = asOperand(x);
  const input = symmetric ? operand : padded(operand, geometry);
  const mask = [wanted === 0, wanted === 1, false];
  const tensors = [asOperand(dy), input, asOperand(filter)];
  const gradients = atenMany(
    'convolution_backward',
    ...tensors,
    null,
    ...attributes(geometry),
    mask,
  );
  const gradient = gradients[wanted]!;
  if (wanted === 1) return asFloat32(gradient);
  if (symmetric) return gradient;
  return pad(
    gradient,
    [[0, 0], [0, 0], ...geometry.padding.map(([a, b]) => [-a, -b] as [number, number])],
    0,
  );
}

function geometry2d(
  xShape: readonly number[],
  filterShape: readonly number[],
  attrs: Attributes,
  depthwise = false,
): Geometry {
  const info = backend_util.computeConv2DInfo(
    xShape as [number, number, number, number],
    filterShape as [number, number, number, number],
    attrs.strides,
    attrs.dilations ?? 1,
    attrs.pad,
    attrs.dimRoundingMode,
    depthwise,
    backend_util.convertConv2DDataFormat(attrs.dataFormat ?? 'NHWC'),
  );
  const { top, bottom, left, right } = info.padInfo;
  return {
    stride: [info.strideHeight, info.strideWidth],
    dilation: [info.dilationHeight, info.dilationWidth],
    padding: [
      [top, bottom],
      [left, right],
    ],
    groups: depthwise ? info.inChannels : info.inChannels / filterShape[2]!,
  };
}

function geometry3d(
  xShape: readonly number[],
  filterShape: readonly number[],
  attrs: Attributes,
): Geometry {
  const info = backend_util.computeConv3DInfo(
    xShape as [number, number, number, number, number],
    filterShape as [number, number, number, number, number],
    attrs.strides,
    attrs.dilations ?? 1,
    attrs.pad,
  );
  const { front, back, top, bottom, left, right } = info.padInfo;
  return {
    stride: [info.strideDepth, info.strideHeight, info.strideWidth],
    dilation: [info.dilationDepth, info.dilationHeight, info.dilationWidth],
    padding: [
      [front, back],
      [top, bottom],
      [left, right],
    ],
    groups: 1,
  };
}

/** A bias or prelu weight of tfjs, made to broadcast over channels where they come second. */
function perChannel(weight: Input, dataFormat: string): Handle {
  if (dataFormat !== 'NCHW') return weight.handle;
  const { shape } = weight;
  if (shape.length === 3) return weight.handle;
  return aten('reshape', weight.handle, [shape.at(-1) ?? 1, 1, 1]);
}

function conv2d({ x, filter }: Inputs, attrs: Attributes): Handle {
  const geometry = geometry2d(x!.shape, filter!.shape, attrs);
  const y = convolve(
    toChannelsFirst(x!.handle, 4, attrs.dataFormat),
    filterToAten(filter!.handle, 4),
    geometry,
  );
  return fromChannelsFirst(y, 4, attrs.dataFormat);
}

/**
 * What coatrack::depthwise wants to know, where it can do a depthwise convolution; undefined where libtorch's own has to.
 * @returns stride, padding before the rows, padding before the columns
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

const outputShape = (
  [batch, ...space]: readonly number[],
  filterShape: readonly number[],
  g: Geometry,
): number[] => [
  batch!,
  ...g.stride.map((stride, i) => {
    const reach = (filterShape[i]! - 1) * g.dilation[i]! + 1;
    return Math.floor((space[i]! + g.padding[i]![0] + g.padding[i]![1] - reach) / stride) + 1;
  }),
  filterShape[2]! * filterShape[3]!,
];

function depthwiseConv2d({ x, filter }: Inputs, attrs: Attributes): Handle {
  const geometry = geometry2d(x!.shape, filter!.shape, attrs, true);
  const simple = direct(filter!.shape, geometry);
  if (simple) {
    const shape = outputShape(x!.shape, filter!.shape, geometry);
    return aten('coatrack::depthwise', asOperand(x!.handle), filter!.handle, ...simple, shape);
  }
  const weights = depthwiseFilterToAten(filter!.handle, filter!.shape);
  return fromChannelsFirst(convolve(toChannelsFirst(x!.handle, 4), weights, geometry), 4);
}

/** Convolution, bias and activation in tfjs's one kernel; at inference a convenience, not a hot path of training. */
function fused(convolution: (inputs: Inputs, attrs: Attributes) => Handle) {
  return (inputs: Inputs, attrs: Attributes): Handle => {
    const { bias, preluActivationWeights: prelu } = inputs;
    const y = convolution(inputs, attrs);
    const biased = bias ? aten('add.Tensor', y, perChannel(bias, attrs.dataFormat)) : y;
    const weights = prelu && { ...prelu, handle: perChannel(prelu, attrs.dataFormat) };
    return activate(biased, attrs, weights);
  };
}

/** Stands for a tensor of which a gradient needs the shape alone. */
function placeholder(like: TensorInfo & { handle: Handle }, shape: readonly number[]): Handle {
  return aten('new_empty', like.handle, shape);
}

function filterPlaceholder(like: Input, filterShape: readonly number[]): Handle {
  const [inChannels, outChannels] = filterShape.slice(-2);
  return placeholder(like, [outChannels!, inChannels!, ...filterShape.slice(0, -2)]);
}

function depthwiseFilterPlaceholder(
  like: Input,
  [height, width, channels, multiplier]: number[],
): Handle {
  return placeholder(like, [channels! * multiplier!, 1, height!, width!]);
}

/** Whether kernels of our own, which are for the CPU, can run. */
let onCpu = true;

export function registerConvolution(device: string): void {
  onCpu = device === 'cpu';
  const layOut = ({ filter }: Record<string, TensorInfo>, backend: TorchBackend) =>
    backend.layOutFilter(filter!);
  defineKernel('Conv2D', conv2d, layOut);
  defineKernel('FusedConv2D', fused(conv2d), layOut);
  defineKernel(
    'Conv2DBackpropInput',
    ({ dy, filter }, attrs) => {
      const x = toChannelsFirst(placeholder(dy!, attrs.inputShape), 4, attrs.dataFormat);
      const geometry = geometry2d(attrs.inputShape, filter!.shape, attrs);
      const grad = toChannelsFirst(dy!.handle, 4, attrs.dataFormat);
      const weights = filterToAten(filter!.handle, 4);
      return fromChannelsFirst(backward(grad, x, weights, geometry, 0), 4, attrs.dataFormat);
    },
    layOut,
  );
  defineKernel('Conv2DBackpropFilter', ({ x, dy }, attrs) => {
    const filter = filterPlaceholder(x!, attrs.filterShape);
    const geometry = geometry2d(x!.shape, attrs.filterShape, attrs);
    const grad = toChannelsFirst(dy!.handle, 4, attrs.dataFormat);
    const input = toChannelsFirst(x!.handle, 4, attrs.dataFormat);
    return filterFromAten(backward(grad, input, filter, geometry, 1), 4);
  });

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

import { backend_util } from '@tensorflow/tfjs-core';
import { aten, atenMany } from '../aten';
import { Attributes, Input } from '../define-kernel';
import { Handle } from '../native';
import { asFloat32, asOperand } from '../bfloat16';
import { pad } from './shape';

/** A convolution in ATen's order: channels before spatial axes, one filter per output channel. */
export interface Geometry {
  stride: number[];
  dilation: number[];
  /** Before and after each spatial axis. */
  padding: [number, number][];
  groups: number;
}

const channelsFirst = (rank: number) => [
  0,
  rank - 1,
  ...Array.from({ length: rank - 2 }, (_, i) => i + 1),
];
const channelsLast = (rank: number) => [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1];

/** Returns a view of tfjs's image tensor in ATen's order of axes. */
export function toChannelsFirst(x: Handle, rank: number, dataFormat?: string): Handle {
  return dataFormat === 'NCHW' ? x : aten('permute', x, channelsFirst(rank));
}

export function fromChannelsFirst(x: Handle, rank: number, dataFormat?: string): Handle {
  return dataFormat === 'NCHW' ? x : aten('permute', x, channelsLast(rank));
}

/** [space…, in, out] → [out, in, space…] */
export function filterToAten(filter: Handle, rank: number): Handle {
  return aten('permute', filter, [
    rank - 1,
    rank - 2,
    ...Array.from({ length: rank - 2 }, (_, i) => i),
  ]);
}

export function filterFromAten(filter: Handle, rank: number): Handle {
  return aten('permute', filter, [...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1, 0]);
}

const isSymmetric = ({ padding }: Geometry) => padding.every(([before, after]) => before === after);

/** Pads the input for TensorFlow's asymmetric SAME, as ATen pads both sides alike. */
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

export function convolve(x: Handle, filter: Handle, geometry: Geometry): Handle {
  const operand = asOperand(x);
  const input = isSymmetric(geometry) ? operand : padded(operand, geometry);
  return aten('convolution', input, asOperand(filter), null, ...attributes(geometry));
}

/** Returns the gradient of the input (wanted 0) or of the filter (wanted 1). */
export function backward(
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

export function geometry2d(
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

/** Returns height and width of the output. @param xShape [batch, height, width, in] */
export function outputSides(
  xShape: readonly number[],
  filterShape: readonly number[],
  { stride, dilation, padding }: Geometry,
): [number, number] {
  const side = (axis: 0 | 1) => {
    const reach = (filterShape[axis]! - 1) * dilation[axis]! + 1;
    const [before, after] = padding[axis]!;
    return Math.floor((xShape[axis + 1]! + before + after - reach) / stride[axis]!) + 1;
  };
  return [side(0), side(1)];
}

export function geometry3d(
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

/** Returns a placeholder for a tensor of which a gradient only needs the shape. */
export function placeholder(like: Input, shape: readonly number[]): Handle {
  return aten('new_empty', like.handle, shape);
}

export function filterPlaceholder(like: Input, filterShape: readonly number[]): Handle {
  const [inChannels, outChannels] = filterShape.slice(-2);
  return placeholder(like, [outChannels!, inChannels!, ...filterShape.slice(0, -2)]);
}

import { backend_util } from '@tensorflow/tfjs-core';
import { aten, atenMany } from '../aten';
import { Attributes, defineKernel, Input } from '../define-kernel';
import { Handle } from '../native';
import { fromChannelsFirst, toChannelsFirst } from './convolution-geometry';
import { pad } from './shape';

/** Pooling over the space of [batch, space…, channels]; one entry per spatial axis. */
interface Windows {
  size: number[];
  stride: number[];
  dilation: number[];
  padding: [number, number][];
  output: number[];
}

function windows(shape: readonly number[], attrs: Attributes): Windows {
  if (shape.length === 4) {
    const info = backend_util.computePool2DInfo(
      shape as [number, number, number, number],
      ...([attrs.filterSize, attrs.strides, attrs.dilations ?? 1] as const),
      ...([attrs.pad, attrs.dimRoundingMode] as const),
    );
    const { top, bottom, left, right } = info.padInfo;
    return {
      size: [info.filterHeight, info.filterWidth],
      stride: [info.strideHeight, info.strideWidth],
      dilation: [info.dilationHeight, info.dilationWidth],
      padding: [
        [top, bottom],
        [left, right],
      ],
      output: [info.outHeight, info.outWidth],
    };
  }
  const info = backend_util.computePool3DInfo(
    shape as [number, number, number, number, number],
    ...([attrs.filterSize, attrs.strides, attrs.dilations ?? 1] as const),
    ...([attrs.pad, attrs.dimRoundingMode, attrs.dataFormat] as const),
  );
  const { front, back, top, bottom, left, right } = info.padInfo;
  return {
    size: [info.filterDepth, info.filterHeight, info.filterWidth],
    stride: [info.strideDepth, info.strideHeight, info.strideWidth],
    dilation: [info.dilationDepth, info.dilationHeight, info.dilationWidth],
    padding: [
      [front, back],
      [top, bottom],
      [left, right],
    ],
    output: [info.outDepth, info.outHeight, info.outWidth],
  };
}

const spatial = ({ size }: Windows) => size.map((_, i) => i + 1);

/** Adds the padding and crops or extends the spatial axes to the reach of the windows. */
function framed(x: Handle, shape: readonly number[], w: Windows, value: number): Handle {
  const frame = w.padding.map(([before], i): [number, number] => {
    const reach = (w.output[i]! - 1) * w.stride[i]! + (w.size[i]! - 1) * w.dilation[i]! + 1;
    return [before, reach - before - shape[i + 1]!];
  });
  return pad(x, [[0, 0], ...frame, [0, 0]], value);
}

/** Yields a strided view of the covered elements for every offset within the window. */
function* offsets(x: Handle, w: Windows): Generator<Handle> {
  const count = w.size.reduce((product, size) => product * size, 1);
  for (let index = 0; index < count; index++) {
    let rest = index;
    let view = x;
    for (let axis = w.size.length - 1; axis >= 0; axis--) {
      const start = (rest % w.size[axis]!) * w.dilation[axis]!;
      rest = Math.floor(rest / w.size[axis]!);
      const end = start + (w.output[axis]! - 1) * w.stride[axis]! + 1;
      view = aten('slice.Tensor', view, axis + 1, start, end, w.stride[axis]);
    }
    yield view;
  }
}

function windowSum(x: Handle, w: Windows): Handle {
  let sum: Handle | undefined;
  for (const view of offsets(x, w)) sum = sum === undefined ? view : aten('add.Tensor', sum, view);
  return sum!;
}

/** Returns how many elements of the image, without padding, each window covers: [1, space…, 1]. */
function covered(x: Input, w: Windows): Handle {
  const ones = aten('new_ones', x.handle, [1, ...x.shape.slice(1, -1), 1]);
  // The average of a window that only covers padding is zero.
  return aten('clamp', windowSum(framed(ones, x.shape, w, 0), w), 1);
}

function maxPool(x: Handle, w: Windows): { y: Handle; indices: Handle } {
  const rank = w.size.length + 2;
  const input = toChannelsFirst(x, rank);
  const zeros = w.size.map(() => 0);
  const operator = `max_pool${w.size.length}d_with_indices`;
  const [y, indices] = atenMany(operator, input, w.size, w.stride, zeros, w.dilation) as [
    Handle,
    Handle,
  ];
  return { y: fromChannelsFirst(y, rank), indices };
}

/** Scatters gradients back from each offset of the window into the padded frame, then removes the padding. */
function scatterBack(
  x: Input,
  w: Windows,
  contribution: (view: Handle, framedX: Handle) => Handle,
  framedX: Handle,
): Handle {
  const total = aten('zeros_like', framedX);
  const targets = [...offsets(total, w)];
  const sources = [...offsets(framedX, w)];
  targets.forEach((target, i) => aten('add_.Tensor', target, contribution(sources[i]!, framedX)));
  return spatial(w).reduce(
    (grad, axis, i) =>
      aten('narrow', cropped(grad, x, w, i), axis, w.padding[i]![0], x.shape[axis]),
    total,
  );
}

/** Restores the size of the image, with zero gradients where no window reaches. */
function cropped(grad: Handle, x: Input, w: Windows, i: number): Handle {
  const reach = (w.output[i]! - 1) * w.stride[i]! + (w.size[i]! - 1) * w.dilation[i]! + 1;
  const missing = w.padding[i]![0] + x.shape[i + 1]! - reach;
  if (missing <= 0) return grad;
  const paddings = Array.from({ length: x.shape.length }, (_, axis): [number, number] =>
    axis === i + 1 ? [0, missing] : [0, 0],
  );
  return pad(grad, paddings, 0);
}

function registerMax(dimensions: '' | '3D'): void {
  defineKernel(`MaxPool${dimensions}`, ({ x }, attrs) => {
    const w = windows(x!.shape, attrs);
    return maxPool(framed(x!.handle, x!.shape, w, -Infinity), w).y;
  });
  defineKernel(`MaxPool${dimensions}Grad`, ({ dy, input }, attrs) => {
    const w = windows(input!.shape, attrs);
    const x = framed(input!.handle, input!.shape, w, -Infinity);
    const { indices } = maxPool(x, w);
    const rank = input!.shape.length;
    const zeros = w.size.map(() => 0);
    const grad = aten(
      `max_pool${w.size.length}d_with_indices_backward`,
      toChannelsFirst(dy!.handle, rank),
      toChannelsFirst(x, rank),
      w.size,
      w.stride,
      zeros,
      w.dilation,
      false,
      indices,
    );
    const last = fromChannelsFirst(grad, rank);
    return spatial(w).reduce(
      (part, axis, i) =>
        aten('narrow', cropped(part, input!, w, i), axis, w.padding[i]![0], input!.shape[axis]),
      last,
    );
  });
}

function registerAverage(dimensions: '' | '3D'): void {
  defineKernel(`AvgPool${dimensions}`, ({ x }, attrs) => {
    const w = windows(x!.shape, attrs);
    return aten('div.Tensor', windowSum(framed(x!.handle, x!.shape, w, 0), w), covered(x!, w));
  });
  defineKernel(`AvgPool${dimensions}Grad`, ({ dy, input }, attrs) => {
    const w = windows(input!.shape, attrs);
    // tfjs's own engines divide by the whole window here, its padding included.
    const share = aten(
      'div.Scalar',
      dy!.handle,
      w.size.reduce((product, size) => product * size, 1),
    );
    return scatterBack(input!, w, () => share, framed(input!.handle, input!.shape, w, 0));
  });
}

export function registerPooling(): void {
  for (const dimensions of ['', '3D'] as const) {
    registerMax(dimensions);
    registerAverage(dimensions);
  }
}

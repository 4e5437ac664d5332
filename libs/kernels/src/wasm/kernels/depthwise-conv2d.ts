import {
  backend_util,
  DepthwiseConv2dNative,
  type DepthwiseConv2dNativeAttrs,
  DepthwiseConv2dNativeBackpropFilter,
  type DepthwiseConv2dNativeBackpropFilterAttrs,
  DepthwiseConv2dNativeBackpropInput,
  type DepthwiseConv2dNativeBackpropInputAttrs,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import type { KernelDefinition, WasmContext } from '../context';
import type { ConvInfo } from './convolution-work';

type Shape4 = [number, number, number, number];

function geometry(
  inputShape: readonly number[],
  filterShape: readonly number[],
  attrs: Omit<DepthwiseConv2dNativeAttrs, 'dataFormat'>,
): ConvInfo {
  return backend_util.computeConv2DInfo(
    inputShape as Shape4,
    filterShape as Shape4,
    attrs.strides,
    attrs.dilations ?? 1,
    attrs.pad,
    attrs.dimRoundingMode,
    true,
  );
}

function isSupported(info: ConvInfo): boolean {
  return (
    info.strideHeight === info.strideWidth &&
    info.dilationHeight === 1 &&
    info.dilationWidth === 1 &&
    info.outChannels === info.inChannels
  );
}

function requireSupported(info: ConvInfo): void {
  if (!isSupported(info)) {
    throw new Error(
      'The wasm engine only supports gradients of depthwise convolutions with channel multiplier 1, dilation 1 and equal strides',
    );
  }
}

/** Mirrors the class Depthwise of assembly/depthwise.ts, which documents the fields. */
interface Depthwise {
  source: readonly [pointer: number, height: number, width: number];
  target: readonly [pointer: number, height: number, width: number];
  channels: number;
  filter: readonly [pointer: number, height: number, width: number];
  stride: number;
  padded: readonly [height: number, width: number];
  origin: readonly [top: number, left: number];
  spread: number;
  flipped: boolean;
}

function withDepthwise(context: WasmContext, d: Depthwise, use: (struct: number) => void): void {
  const perThread = (d.padded[0] * d.padded[1] * d.channels * 4 + 31) & ~15;
  context.withScratch([80, perThread * context.pool.threads], (struct, scratch) => {
    context.writeInts(struct!, [
      ...d.source,
      ...d.target,
      d.channels,
      ...d.filter,
      d.stride,
      ...d.padded,
      ...d.origin,
      d.spread,
      d.flipped ? 1 : 0,
      scratch!,
      perThread,
    ]);
    use(struct!);
  });
}

function forward(info: ConvInfo, x: number, filter: number, y: number): Depthwise {
  const stride = info.strideHeight;
  return {
    source: [x, info.inHeight, info.inWidth],
    target: [y, info.outHeight, info.outWidth],
    channels: info.inChannels,
    filter: [filter, info.filterHeight, info.filterWidth],
    stride,
    padded: [
      (info.outHeight - 1) * stride + info.filterHeight,
      (info.outWidth - 1) * stride + info.filterWidth,
    ],
    origin: [info.padInfo.top, info.padInfo.left],
    spread: 1,
    flipped: false,
  };
}

/** dx = dy, spread by the stride, convolved with the flipped filter. */
function backward(info: ConvInfo, dy: number, filter: number, dx: number): Depthwise {
  return {
    source: [dy, info.outHeight, info.outWidth],
    target: [dx, info.inHeight, info.inWidth],
    channels: info.inChannels,
    filter: [filter, info.filterHeight, info.filterWidth],
    stride: 1,
    padded: [info.inHeight + info.filterHeight - 1, info.inWidth + info.filterWidth - 1],
    origin: [info.filterHeight - 1 - info.padInfo.top, info.filterWidth - 1 - info.padInfo.left],
    spread: info.strideHeight,
    flipped: true,
  };
}

function cost(d: Depthwise): number {
  return d.target[1] * d.target[2] * d.channels * d.filter[1] * d.filter[2];
}

export const depthwiseConv2d: KernelDefinition = {
  name: DepthwiseConv2dNative,
  make: (context, replaced) => (args) => {
    const { x, filter } = args.inputs as Record<string, TensorInfo>;
    const attrs = args.attrs as unknown as DepthwiseConv2dNativeAttrs;
    const info = geometry(x!.shape, filter!.shape, attrs);
    if (!isSupported(info)) return replaced!.kernelFunc(args);
    const out = context.output(info.outShape);
    const d = forward(info, context.pointer(x!), context.pointer(filter!), context.pointer(out));
    withDepthwise(context, d, (struct) =>
      context.pool.run('depthwise', info.batchSize, cost(d), struct),
    );
    return out;
  },
};

export const depthwiseConv2dBackpropInput: KernelDefinition = {
  name: DepthwiseConv2dNativeBackpropInput,
  make: (context) => (args) => {
    const { dy, filter } = args.inputs as Record<string, TensorInfo>;
    const attrs = args.attrs as unknown as DepthwiseConv2dNativeBackpropInputAttrs;
    const info = geometry(attrs.inputShape, filter!.shape, attrs);
    requireSupported(info);
    const dx = context.output(info.inShape);
    const d = backward(info, context.pointer(dy!), context.pointer(filter!), context.pointer(dx));
    withDepthwise(context, d, (struct) =>
      context.pool.run('depthwise', info.batchSize, cost(d), struct),
    );
    return dx;
  },
};

export const depthwiseConv2dBackpropFilter: KernelDefinition = {
  name: DepthwiseConv2dNativeBackpropFilter,
  make: (context) => (args) => {
    const { x, dy } = args.inputs as Record<string, TensorInfo>;
    const attrs = args.attrs as unknown as DepthwiseConv2dNativeBackpropFilterAttrs;
    const info = geometry(x!.shape, attrs.filterShape, attrs);
    requireSupported(info);
    const gradient = context.output(attrs.filterShape);
    const size = info.filterHeight * info.filterWidth * info.inChannels;
    const d = forward(info, context.pointer(x!), 0, context.pointer(dy!));
    context.withScratch([info.batchSize * size * 4], (each) => {
      withDepthwise(context, d, (struct) =>
        context.pool.run('depthwiseFilterGradient', info.batchSize, cost(d), struct, each!),
      );
      const total = context.pointer(gradient);
      context.pool.run('combineSums', size, info.batchSize * 4, each!, total, info.batchSize, size);
    });
    return gradient;
  },
};

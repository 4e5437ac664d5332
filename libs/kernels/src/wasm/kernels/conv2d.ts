import {
  backend_util,
  Conv2D,
  type Conv2DAttrs,
  Conv2DBackpropFilter,
  type Conv2DBackpropFilterAttrs,
  Conv2DBackpropInput,
  type Conv2DBackpropInputAttrs,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import type { KernelDefinition } from '../context';
import {
  type Convolution,
  type ConvInfo,
  convolve,
  filterGradient,
  type Tap,
} from './convolution-work';

type Shape4 = [number, number, number, number];

function geometry(
  inputShape: readonly number[],
  filterShape: readonly number[],
  attrs: Omit<Conv2DAttrs, 'dilations'> & { dilations?: Conv2DAttrs['dilations'] },
): ConvInfo {
  if (attrs.dataFormat !== undefined && attrs.dataFormat !== 'NHWC') {
    throw new Error(`The wasm engine only supports convolutions in NHWC, not ${attrs.dataFormat}`);
  }
  return backend_util.computeConv2DInfo(
    inputShape as Shape4,
    filterShape as Shape4,
    attrs.strides,
    attrs.dilations ?? 1,
    attrs.pad,
    attrs.dimRoundingMode,
  );
}

/** Describes the forward convolution: an output position reads input around position·stride. */
function forward(info: ConvInfo, x: number, y: number): Convolution {
  const taps: Tap[] = [];
  for (let fy = 0; fy < info.filterHeight; fy++) {
    for (let fx = 0; fx < info.filterWidth; fx++) {
      taps.push({
        y: fy * info.dilationHeight - info.padInfo.top,
        x: fx * info.dilationWidth - info.padInfo.left,
        index: fy * info.filterWidth + fx,
      });
    }
  }
  return {
    source: { pointer: x, height: info.inHeight, width: info.inWidth, channels: info.inChannels },
    target: {
      pointer: y,
      height: info.outHeight,
      width: info.outWidth,
      channels: info.outChannels,
    },
    batch: info.batchSize,
    height: info.outHeight,
    width: info.outWidth,
    sourceStep: [info.strideHeight, info.strideWidth],
    targetStep: [1, 1],
    targetOrigin: [0, 0],
    taps,
  };
}

/** Returns the taps that reach input positions ≡ origin (mod stride) from integer output positions along one axis. */
function reaching(size: number, dilation: number, stride: number, origin: number, pad: number) {
  return Array.from({ length: size }, (_, tap) => ({ tap, away: origin + pad - tap * dilation }))
    .filter(({ away }) => away % stride === 0)
    .map(({ tap, away }) => ({ tap, at: away / stride }));
}

/** Describes the input's gradient: for each residue of the strides, a convolution of dy with the taps that reach it. */
function backward(info: ConvInfo, dy: number, dx: number): Convolution[] {
  const convolutions: Convolution[] = [];
  for (let originY = 0; originY < Math.min(info.strideHeight, info.inHeight); originY++) {
    for (let originX = 0; originX < Math.min(info.strideWidth, info.inWidth); originX++) {
      const {
        filterHeight,
        filterWidth,
        dilationHeight,
        dilationWidth,
        strideHeight,
        strideWidth,
      } = info;
      const rows = reaching(filterHeight, dilationHeight, strideHeight, originY, info.padInfo.top);
      const columns = reaching(filterWidth, dilationWidth, strideWidth, originX, info.padInfo.left);
      convolutions.push({
        source: {
          pointer: dy,
          height: info.outHeight,
          width: info.outWidth,
          channels: info.outChannels,
        },
        target: {
          pointer: dx,
          height: info.inHeight,
          width: info.inWidth,
          channels: info.inChannels,
        },
        batch: info.batchSize,
        height: Math.ceil((info.inHeight - originY) / strideHeight),
        width: Math.ceil((info.inWidth - originX) / strideWidth),
        sourceStep: [1, 1],
        targetStep: [strideHeight, strideWidth],
        targetOrigin: [originY, originX],
        taps: rows.flatMap((row) =>
          columns.map((column) => ({
            y: row.at,
            x: column.at,
            index: row.tap * filterWidth + column.tap,
          })),
        ),
      });
    }
  }
  return convolutions;
}

export const conv2d: KernelDefinition = {
  name: Conv2D,
  make: (context) => (args) => {
    const { x, filter } = args.inputs as Record<string, TensorInfo>;
    const info = geometry(x!.shape, filter!.shape, args.attrs as unknown as Conv2DAttrs);
    const out = context.output(info.outShape);
    convolve(context, forward(info, context.pointer(x!), context.pointer(out)), {
      pointer: context.pointer(filter!),
      tapStride: info.inChannels * info.outChannels,
      strideK: info.outChannels,
      strideN: 1,
    });
    return out;
  },
};

export const conv2dBackpropInput: KernelDefinition = {
  name: Conv2DBackpropInput,
  make: (context) => (args) => {
    const { dy, filter } = args.inputs as Record<string, TensorInfo>;
    const attrs = args.attrs as unknown as Conv2DBackpropInputAttrs;
    const info = geometry(attrs.inputShape, filter!.shape, attrs);
    const dx = context.output(info.inShape);
    for (const convolution of backward(info, context.pointer(dy!), context.pointer(dx))) {
      convolve(context, convolution, {
        pointer: context.pointer(filter!),
        tapStride: info.inChannels * info.outChannels,
        strideK: 1,
        strideN: info.outChannels,
      });
    }
    return dx;
  },
};

export const conv2dBackpropFilter: KernelDefinition = {
  name: Conv2DBackpropFilter,
  make: (context) => (args) => {
    const { x, dy } = args.inputs as Record<string, TensorInfo>;
    const attrs = args.attrs as unknown as Conv2DBackpropFilterAttrs;
    const info = geometry(x!.shape, attrs.filterShape, attrs);
    const gradient = context.zeroed(attrs.filterShape);
    filterGradient(
      context,
      forward(info, context.pointer(x!), context.pointer(dy!)),
      context.pointer(gradient),
    );
    return gradient;
  },
};

import { Slice, slice_util, type SliceAttrs, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { KernelDefinition } from '../context';
import { copyStrided, MAXIMUM_RANK } from './strided-copy';

export const slice: KernelDefinition = {
  name: Slice,
  make: (context, replaced) => (args) => {
    const { x } = args.inputs as { x: TensorInfo };
    const { begin, size } = args.attrs as unknown as SliceAttrs;
    if (x.dtype !== 'float32' || x.shape.length > MAXIMUM_RANK || x.shape.length === 0) {
      return replaced!.kernelFunc(args);
    }
    const [start, shape] = slice_util.parseSliceParams(x as never, begin, size);
    slice_util.assertParamsValid(x as never, start, shape);
    const strides = [...util.computeStrides(x.shape), 1];
    const offset = start.reduce((sum, at, axis) => sum + at * strides[axis]!, 0);
    return copyStrided(context, context.pointer(x) + offset * 4, shape, strides);
  },
};

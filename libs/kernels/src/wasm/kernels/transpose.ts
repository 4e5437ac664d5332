import { type TensorInfo, Transpose, type TransposeAttrs, util } from '@tensorflow/tfjs-core';
import type { KernelDefinition } from '../context';
import { copyStrided, MAXIMUM_RANK } from './strided-copy';

export const transpose: KernelDefinition = {
  name: Transpose,
  make: (context, replaced) => (args) => {
    const { x } = args.inputs as { x: TensorInfo };
    const { perm } = args.attrs as unknown as TransposeAttrs;
    const rank = x.shape.length;
    if (x.dtype !== 'float32' || rank > MAXIMUM_RANK || rank === 0) {
      return replaced!.kernelFunc(args);
    }
    const strides = [...util.computeStrides(x.shape), 1];
    return copyStrided(
      context,
      context.pointer(x),
      perm.map((axis) => x.shape[axis]!),
      perm.map((axis) => strides[axis]!),
    );
  },
};

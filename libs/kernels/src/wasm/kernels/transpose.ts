import { type TensorInfo, Transpose, type TransposeAttrs, util } from '@tensorflow/tfjs-core';
import type { KernelDefinition } from '../context';

const MAXIMUM_RANK = 5;

export const transpose: KernelDefinition = {
  name: Transpose,
  make: (context, replaced) => (args) => {
    const { x } = args.inputs as { x: TensorInfo };
    const { perm } = args.attrs as unknown as TransposeAttrs;
    const rank = x.shape.length;
    if (x.dtype !== 'float32' || rank > MAXIMUM_RANK || rank === 0) {
      return replaced!.kernelFunc(args);
    }
    const shape = perm.map((axis) => x.shape[axis]!);
    const strides = [...util.computeStrides(x.shape), 1];
    const missing = MAXIMUM_RANK - rank;
    const dims = [...Array<number>(missing).fill(1), ...shape];
    const steps = [...Array<number>(missing).fill(0), ...perm.map((axis) => strides[axis]!)];
    const out = context.output(shape);
    const row = dims[4]!;
    const rows = row === 0 ? 0 : util.sizeFromShape(shape) / row;
    const pointers = [context.pointer(x), context.pointer(out)];
    context.pool.run('permute', rows, row + 8, ...pointers, ...dims.slice(1), ...steps);
    return out;
  },
};

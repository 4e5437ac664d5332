import { backend_util, Mean, Sum, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { KernelDefinition, WasmContext } from '../context';

/** Rows summed in float32 before their sums are combined. */
const BLOCK_ROWS = 64;

/** Σ over the middle axis of x[outer][middle][inner], times `factor`. */
function sumMiddle(
  context: WasmContext,
  x: number,
  out: number,
  outer: number,
  middle: number,
  inner: number,
  factor: number,
): void {
  const { pool } = context;
  if (middle <= 4 * BLOCK_ROWS) {
    pool.run('sumMiddle', outer, middle * inner, x, out, middle, inner, middle, factor);
    return;
  }
  const blocks = Math.ceil(middle / BLOCK_ROWS);
  context.withScratch([outer * blocks * inner * 4], (partial) => {
    const work = BLOCK_ROWS * inner;
    pool.run('sumMiddle', outer * blocks, work, x, partial!, middle, inner, BLOCK_ROWS, 1);
    sumMiddle(context, partial!, out, outer, blocks, inner, factor);
  });
}

/** Returns the lengths of the runs of axes [kept, reduced, kept, reduced, …], without axes of length 1. */
function runsOf(shape: readonly number[], axes: readonly number[]): number[] {
  const runs: number[] = [1];
  shape.forEach((size, axis) => {
    if (size === 1) return;
    const reduced = axes.includes(axis) ? 1 : 0;
    if ((runs.length - 1) % 2 === reduced) runs[runs.length - 1]! *= size;
    else runs.push(size);
  });
  return runs;
}

export const reductionKernels: KernelDefinition[] = [Sum, Mean].map((name) => ({
  name,
  make: (context, replaced) => (args) => {
    const { x } = args.inputs as { x: TensorInfo };
    const { axis, keepDims } = args.attrs as unknown as { axis: number[]; keepDims: boolean };
    const axes = util.parseAxisParam(axis, x.shape);
    const [outer, middle, inner, ...more] = runsOf(x.shape, axes);
    const size = util.sizeFromShape(x.shape);
    if (x.dtype !== 'float32' || size === 0 || middle === undefined || more.length > 0) {
      return replaced!.kernelFunc(args);
    }
    const [reduced, reducedSize] = backend_util.computeOutAndReduceShapes(x.shape, axes);
    const factor = name === Mean ? 1 / util.sizeFromShape(reducedSize) : 1;
    const out = context.output(
      keepDims ? backend_util.expandShapeToKeepDim(reduced, axes) : reduced,
    );
    const from = context.pointer(x);
    const to = context.pointer(out);
    if (inner === undefined) {
      context.pool.run('sumInner', outer!, middle, from, to, middle, factor);
    } else {
      sumMiddle(context, from, to, outer!, middle, inner, factor);
    }
    return out;
  },
}));

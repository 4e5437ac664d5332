import {
  Add,
  backend_util,
  Multiply,
  RealDiv,
  Sub,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import type { KernelDefinition, WasmContext } from '../context';

/** Operation codes of assembly/elementwise.ts. */
const operations = [
  { name: Add, code: 0, commutes: true },
  { name: Sub, code: 1, commutes: false },
  { name: Multiply, code: 2, commutes: true },
  { name: RealDiv, code: 3, commutes: false },
] as const;

/**
 * How the smaller operand is broadcast over the larger, [outer, middle, inner] with the middle or the inner axis repeated.
 */
type Spread =
  | { kind: 'middle'; middle: number; inner: number }
  | { kind: 'inner'; inner: number; single: boolean };

/** @returns undefined if the repeated axes are not adjacent */
function spreadOf(full: readonly number[], part: readonly number[]): Spread | undefined {
  const padded = [...Array<number>(full.length - part.length).fill(1), ...part];
  const runs: { repeated: boolean; size: number }[] = [];
  full.forEach((size, axis) => {
    if (size === 1) return;
    const repeated = padded[axis] === 1;
    const last = runs.at(-1);
    if (last?.repeated === repeated) last.size *= size;
    else runs.push({ repeated, size });
  });
  if (runs[0]?.repeated) runs.unshift({ repeated: false, size: 1 });
  const [, repeated, kept] = runs;
  if (runs.length > 3 || !repeated) return undefined;
  if (kept) return { kind: 'middle', middle: repeated.size, inner: kept.size };
  return runs[0]!.size === 1
    ? { kind: 'inner', inner: full.at(-1)!, single: true }
    : { kind: 'inner', inner: repeated.size, single: false };
}

function spreadInto(
  context: WasmContext,
  code: number,
  full: TensorInfo,
  part: TensorInfo,
  spread: Spread,
): TensorInfo {
  const out = context.output(full.shape);
  const size = util.sizeFromShape(full.shape);
  const pointers = [context.pointer(full), context.pointer(part), context.pointer(out)];
  const { inner } = spread;
  if (spread.kind === 'middle') {
    context.pool.run('binaryMiddle', size / inner, inner, code, ...pointers, spread.middle, inner);
  } else {
    const single = spread.single ? 1 : 0;
    context.pool.run('binaryInner', size / inner, inner, code, ...pointers, inner, single);
  }
  return out;
}

export const binaryKernels: KernelDefinition[] = operations.map(({ name, code, commutes }) => ({
  name,
  make: (context, replaced) => (args) => {
    const { a, b } = args.inputs as { a: TensorInfo; b: TensorInfo };
    const size = util.sizeFromShape(a.shape);
    if (a.dtype !== 'float32' || b.dtype !== 'float32' || size === 0) {
      return replaced!.kernelFunc(args);
    }
    if (util.arraysEqual(a.shape, b.shape)) {
      const out = context.output(a.shape);
      const pointers = [context.pointer(a), context.pointer(b), context.pointer(out)];
      context.pool.run('binarySame', size, 1, code, ...pointers);
      return out;
    }
    const shape = backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
    if (util.arraysEqual(shape, a.shape)) {
      const spread = spreadOf(a.shape, b.shape);
      if (spread) return spreadInto(context, code, a, b, spread);
    } else if (commutes && util.arraysEqual(shape, b.shape)) {
      const spread = spreadOf(b.shape, a.shape);
      if (spread) return spreadInto(context, code, b, a, spread);
    }
    return replaced!.kernelFunc(args);
  },
}));

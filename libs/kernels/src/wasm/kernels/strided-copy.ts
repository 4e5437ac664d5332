import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { WasmContext } from '../context';

export const MAXIMUM_RANK = 5;

/** Copies into a tensor of `shape` (rank 1 to MAXIMUM_RANK) whose element i is Σ iₐ·strides[a] floats from `pointer`. */
export function copyStrided(
  context: WasmContext,
  pointer: number,
  shape: readonly number[],
  strides: readonly number[],
): TensorInfo {
  const out = context.output(shape);
  const missing = MAXIMUM_RANK - shape.length;
  const dims = [...Array<number>(missing).fill(1), ...shape];
  const steps = [...Array<number>(missing).fill(0), ...strides];
  const row = dims[MAXIMUM_RANK - 1]!;
  const rows = row === 0 ? 0 : util.sizeFromShape([...shape]) / row;
  const to = context.pointer(out);
  context.pool.run('permute', rows, row + 8, pointer, to, ...dims.slice(1), ...steps);
  return out;
}

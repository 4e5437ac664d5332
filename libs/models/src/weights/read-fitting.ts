import { resizeTable } from './resize-table';
import type { TensorSpec } from '../net/tensor-spec';
import { tableGrid } from './match-weights';
import type { WeightsSource } from './weights-source';

/**
 * Reads a tensor from a source that was checked before; a position table of another grid is resized to the network's.
 */
export async function readFitting(source: WeightsSource, spec: TensorSpec): Promise<Float32Array> {
  const { name, shape, grid } = spec;
  const values = await source.read(name);
  const [rows, heads] = source.tensors.get(name)!.shape;
  if (!grid || rows === shape[0]) return values;
  const side = tableGrid(rows)!;
  return resizeTable(values, heads, [side, side], grid);
}

import { transposed } from '../../interpreters/trace/constant-values';
import type { RelativeAttention } from '../../interpreters/trace/graph';
import { relativePositionIndex } from '../../interpreters/trace/relative-position-index';
import { whole } from './graph-def';
import type { GraphBuilder } from './graph-builder';

/**
 * softmax(q·kᵀ/√headDim + table[i − j])·v per head. CoAtNet, arXiv:2106.04803, §2.1.
 * The file stores only the learned table, which every run looks up: the bias of every pair of positions would multiply the
 * size of the download.
 * @param name of the layer
 * @param qkv name of [batch, height, width, heads·3·headDim]: per head its query, key and value
 * @param grid grid of the positions
 * @returns the name of [batch, height, width, heads·headDim]
 */
export function addAttention(
  graph: GraphBuilder,
  name: string,
  { table, heads, headDim }: RelativeAttention,
  qkv: string,
  [height, width]: readonly [height: number, width: number],
): string {
  const positions = height * width;
  const swap = graph.list([0, 2, 1, 3]);
  const split = graph.reshape(qkv, [positions, heads, 3 * headDim]);
  const perHead = graph.add('Transpose', [split, swap]);
  const query = graph.add('Split', [graph.list(3), perHead], { num_split: whole(3) });
  const [key, value] = [`${query}:1`, `${query}:2`];

  const scaled = graph.add('Mul', [query, graph.scalar(1 / Math.sqrt(headDim))]);
  const products = graph.add('BatchMatMulV2', [scaled, key], { adj_y: { b: true } });
  const rows = graph.floats(`${name}.relative_position_bias_table`, transposed(table));
  const index = graph.integers(
    `relative_position_index.${height}x${width}`,
    [positions, positions],
    () => relativePositionIndex(height, width),
  );
  const bias = graph.add('GatherV2', [rows, index, graph.list(1)]);
  const shares = graph.add('Softmax', [graph.add('AddV2', [products, bias])]);
  const mixed = graph.add('BatchMatMulV2', [shares, value]);
  const joined = graph.add('Transpose', [mixed, swap]);
  return graph.reshape(joined, [height, width, heads * headDim]);
}

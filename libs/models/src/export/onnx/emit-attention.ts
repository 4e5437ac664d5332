import { transposed } from '../../interpreters/trace/constant-values';
import type { RelativeAttention } from '../../interpreters/trace/graph';
import { relativePositionIndex } from '../../interpreters/trace/relative-position-index';
import type { Emitter } from './emitter';

/**
 * softmax(q·kᵀ/√headDim + table[i − j])·v per head. CoAtNet, arXiv:2106.04803, §2.1.
 * The file stores only the learned table. Looking up the bias of every pair of positions involves only constants, so
 * runtimes do it once, when they load the graph.
 * @param name of the layer
 * @param qkv name of [batch, height·width, heads·3·headDim]: per head its query, key and value
 * @param grid grid of the positions
 * @returns the name of [batch, height·width, heads·headDim]
 */
export function emitAttention(
  emitter: Emitter,
  name: string,
  { table, heads, headDim }: RelativeAttention,
  qkv: string,
  [height, width]: readonly [height: number, width: number],
): string {
  const { constants } = emitter;
  const positions = height * width;
  const split = emitter.reshape(qkv, [0, positions, heads, 3 * headDim]);
  const perHead = emitter.emit('Transpose', [split], { perm: [0, 2, 1, 3] });
  const [query, key, value] = emitter.emitSeveral(3, 'Split', [perHead], { axis: -1 });
  const scaled = emitter.emit('Mul', [query, constants.scalar(1 / Math.sqrt(headDim))]);
  const keys = emitter.emit('Transpose', [key], { perm: [0, 1, 3, 2] });

  const rows = constants.floats(`${name}.relative_position_bias_table`, transposed(table));
  const index = constants.indices(
    `relative_position_index.${height}x${width}`,
    [positions, positions],
    () => relativePositionIndex(height, width),
  );
  const bias = emitter.emit('Gather', [rows, index], { axis: 1 });

  const scores = emitter.emit('Add', [emitter.emit('MatMul', [scaled, keys]), bias]);
  const shares = emitter.emit('Softmax', [scores], { axis: -1 });
  const mixed = emitter.emit('MatMul', [shares, value]);
  const joined = emitter.emit('Transpose', [mixed], { perm: [0, 2, 1, 3] });
  return emitter.reshape(joined, [0, positions, heads * headDim]);
}

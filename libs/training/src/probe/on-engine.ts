import { setImmediate as nextTurn } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs-core';

/** A matrix in this process's memory, row-major. */
export interface Matrix {
  rows: number;
  columns: number;
  values: Float32Array;
}

/** Number of values passed to the engine at once. */
const blockValues = 2 ** 22;

/** Splits the rows of a matrix into blocks for the engine, yielding to the event loop before each. */
export async function* rowBlocks(
  { rows, columns }: Pick<Matrix, 'rows' | 'columns'>,
  signal: AbortSignal,
): AsyncGenerator<{ start: number; end: number }> {
  const size = Math.max(1, Math.floor(blockValues / Math.max(1, columns)));
  for (let start = 0; start < rows; start += size) {
    await nextTurn();
    signal.throwIfAborted();
    yield { start, end: Math.min(start + size, rows) };
  }
}

/** Reads a tensor's values and frees it. */
export async function taken(tensor: tf.Tensor): Promise<Float32Array> {
  try {
    return await tensor.data<'float32'>();
  } finally {
    tensor.dispose();
  }
}

/**
 * Multiplies on the engine, in blocks of rows.
 * @param left [rows, inner]
 * @param right [inner, columns]
 * @returns [rows, columns]
 */
export async function multiply(left: Matrix, right: Matrix, signal: AbortSignal): Promise<Matrix> {
  const values = new Float32Array(left.rows * right.columns);
  const factor = tf.tensor2d(right.values, [right.rows, right.columns]);
  try {
    for await (const { start, end } of rowBlocks(left, signal)) {
      const product = tf.tidy(() => tf.matMul(blockOf(left, start, end), factor));
      values.set(await taken(product), start * right.columns);
    }
  } finally {
    factor.dispose();
  }
  return { rows: left.rows, columns: right.columns, values };
}

/** Returns the transpose of a matrix times itself, summed over blocks in double precision. @returns [columns, columns] */
export async function gram(matrix: Matrix, signal: AbortSignal): Promise<Float64Array> {
  const sum = new Float64Array(matrix.columns ** 2);
  for await (const { start, end } of rowBlocks(matrix, signal)) {
    const block = await taken(
      tf.tidy(() => {
        const rows = blockOf(matrix, start, end);
        return tf.matMul(rows, rows, true);
      }),
    );
    for (let place = 0; place < sum.length; place++) sum[place]! += block[place]!;
  }
  return sum;
}

/** Returns a matrix times its transpose. @returns [rows, rows] */
export async function outerGram(matrix: Matrix, signal: AbortSignal): Promise<Float64Array> {
  const { rows, columns, values } = matrix;
  const transposed = tf.tidy(() => tf.transpose(tf.tensor2d(values, [rows, columns])));
  const right = { rows: columns, columns: rows, values: await taken(transposed) };
  return Float64Array.from((await multiply(matrix, right, signal)).values);
}

function blockOf({ columns, values }: Matrix, start: number, end: number): tf.Tensor2D {
  return tf.tensor2d(values.subarray(start * columns, end * columns), [end - start, columns]);
}

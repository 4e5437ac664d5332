import * as tf from '@tensorflow/tfjs-core';
import { sourceOf } from '../../../weights/resize-table';

/**
 * Resizes a relative position table to the grid of smaller or larger images, per head. Enlarged it is interpolated bilinearly;
 * reduced, each value is a mean over all that it stands for, so that every value of the table keeps learning.
 * CoAtNet, arXiv:2106.04803, §2.1.
 * @param table [(2·side−1)², heads]
 * @returns [(2·height−1)·(2·width−1), heads]
 */
export function tableForGrid(table: tf.Tensor2D, height: number, width: number): tf.Tensor2D {
  const [positions, heads] = table.shape;
  const from = Math.sqrt(positions);
  const [rows, columns] = [2 * height - 1, 2 * width - 1];
  if (rows === from && columns === from) return table;
  return tf.tidy(() => {
    const resizedRows = tf.matMul(weights(from, rows), tf.reshape(table, [from, from * heads]));
    const columnsFirst = tf.transpose(tf.reshape(resizedRows, [rows, from, heads]), [1, 0, 2]);
    const resized = tf.matMul(
      weights(from, columns),
      tf.reshape(columnsFirst, [from, rows * heads]),
    );
    const rowsFirst = tf.transpose(tf.reshape(resized, [columns, rows, heads]), [1, 0, 2]);
    return tf.reshape(rowsFirst, [rows * columns, heads]);
  });
}

/** Returns triangles around half-pixel centres, [to, from]; rows sum to 1. */
function weights(from: number, to: number): tf.Tensor2D {
  const scale = from / to;
  const reach = Math.max(1, scale);
  const values = Array.from({ length: to }, (_, target) => {
    const centre = sourceOf(target, from, to);
    const row = Array.from({ length: from }, (_, source) =>
      Math.max(0, 1 - Math.abs(source - centre) / reach),
    );
    const sum = row.reduce((total, value) => total + value, 0);
    return row.map((value) => value / sum);
  });
  return tf.tensor2d(values);
}

import * as tf from '@tensorflow/tfjs-core';
import { type Matrix, rowBlocks, taken } from './on-engine';
import { standardOf } from './standardise';

/** Two images that look alike. */
export interface AlikePair {
  /** Indices of both rows, the lower one first. */
  a: number;
  b: number;
  /** Cosine of their features after subtracting the mean of all rows, in [-1, 1]. */
  similarity: number;
}

export interface Neighbourhood {
  /** Pairs at or above the threshold, the most similar first. */
  pairs: AlikePair[];
  /** Number of pairs at or above the threshold. */
  pairCount: number;
  /** Mean similarity of each row to its nearest ones. */
  nearness: Float32Array;
}

export interface NeighbourhoodOptions {
  /** Minimum similarity of a pair. */
  threshold: number;
  /** Maximum number of pairs to keep. */
  mostPairs: number;
  /** Number of nearest rows that a row's nearness is averaged over. */
  nearest: number;
  signal: AbortSignal;
  onProgress?(done: number): void | Promise<void>;
}

/**
 * Compares all rows with each other, exactly, in blocks. [rows, rows] is never in memory as a whole.
 * @param features [rows, features]
 * @throws FeaturesError, the signal's reason
 */
export async function neighbourhood(
  features: Matrix,
  { threshold, mostPairs, nearest, signal, onProgress }: NeighbourhoodOptions,
): Promise<Neighbourhood> {
  const directions = directionsOf(features);
  const { rows, columns } = directions;
  const best = new BestPairs(mostPairs);
  const nearness = new Float32Array(rows);
  const top = new Float32Array(Math.min(nearest, Math.max(1, rows - 1)));
  const all = tf.tensor2d(directions.values, [rows, columns]);
  try {
    // The result of a block is [block, rows].
    for await (const { start, end } of rowBlocks(
      { rows, columns: Math.max(rows, columns) },
      signal,
    )) {
      const product = tf.tidy(() =>
        tf.matMul(tf.slice(all, [start, 0], [end - start, columns]), all, false, true),
      );
      const similarities = await taken(product);
      for (let a = start; a < end; a++) {
        const offset = (a - start) * rows;
        top.fill(-1);
        for (let b = 0; b < rows; b++) {
          const similarity = similarities[offset + b]!;
          if (b === a) continue;
          if (similarity > top[0]!) insert(top, similarity);
          if (b > a && similarity >= threshold) best.add({ a, b, similarity });
        }
        nearness[a] = top.reduce((sum, value) => sum + value, 0) / top.length;
      }
      await onProgress?.(end);
    }
  } finally {
    all.dispose();
  }
  return { pairs: best.sorted(), pairCount: best.count, nearness };
}

/** Returns rows scaled to length 1 after subtracting the mean of all. A row equal to the mean stays 0. */
function directionsOf(features: Matrix): Matrix {
  const { rows, columns, values } = features;
  const { mean } = standardOf(features);
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    const own = result.subarray(row * columns, (row + 1) * columns);
    let squares = 0;
    for (let column = 0; column < columns; column++) {
      own[column] = values[row * columns + column]! - mean[column]!;
      squares += own[column]! ** 2;
    }
    const reciprocal = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    for (let column = 0; column < columns; column++) own[column]! *= reciprocal;
  }
  return { rows, columns, values: result };
}

/** Inserts a value into an ascending list, replacing the lowest. */
function insert(ascending: Float32Array, value: number): void {
  let place = 0;
  while (place + 1 < ascending.length && ascending[place + 1]! < value) {
    ascending[place] = ascending[place + 1]!;
    place++;
  }
  ascending[place] = value;
}

/** Keeps the most similar pairs. Memory is bounded by their number. */
class BestPairs {
  count = 0;
  private kept: AlikePair[] = [];
  private least = -Infinity;

  constructor(private readonly most: number) {}

  add(pair: AlikePair): void {
    this.count++;
    if (pair.similarity <= this.least) return;
    this.kept.push(pair);
    if (this.kept.length < 2 * this.most) return;
    this.kept = this.sorted();
    this.least = this.kept.at(-1)!.similarity;
  }

  sorted(): AlikePair[] {
    return this.kept
      .sort((x, y) => y.similarity - x.similarity || x.a - y.a || x.b - y.b)
      .slice(0, this.most);
  }
}

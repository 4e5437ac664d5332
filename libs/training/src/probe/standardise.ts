import type { Matrix } from './on-engine';

/** Thrown for features that are not numbers, because the network's weights are not or its values overflow. */
export class FeaturesError extends Error {
  override readonly name = 'FeaturesError';
  readonly code = 'FEATURES_NOT_FINITE';

  /** @param row index of the first such features */
  constructor(
    readonly row: number,
    column: number,
    value: number,
  ) {
    super(
      `Feature ${column} of image ${row} is ${value}: the network's weights are not finite, or its values exceed what its precision can hold. ` +
        'Another version, or precision fp32, helps',
    );
  }
}

/** Mean of each feature, and the reciprocal of its standard deviation, which is 0 for a constant feature. */
export interface Standard {
  mean: Float64Array;
  reciprocal: Float64Array;
}

/** A feature whose deviation is below this share of its size is constant except for rounding. */
const constantShare = 1e-6;

/** @throws FeaturesError */
export function standardOf({ rows, columns, values }: Matrix): Standard {
  const mean = new Float64Array(columns);
  const squares = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const value = values[row * columns + column]!;
      if (!Number.isFinite(value)) throw new FeaturesError(row, column, value);
      mean[column]! += value / rows;
    }
  }
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      squares[column]! += (values[row * columns + column]! - mean[column]!) ** 2;
    }
  }
  const reciprocal = squares.map((sum, column) => {
    const deviation = Math.sqrt(sum / rows);
    return deviation <= constantShare * Math.abs(mean[column]!) ? 0 : 1 / deviation;
  });
  return { mean, reciprocal };
}

/** Returns features with mean 0 and deviation 1. Constant ones become 0. */
export function standardised(
  { rows, columns, values }: Matrix,
  { mean, reciprocal }: Standard,
): Matrix {
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const place = row * columns + column;
      result[place] = (values[place]! - mean[column]!) * reciprocal[column]!;
    }
  }
  return { rows, columns, values: result };
}

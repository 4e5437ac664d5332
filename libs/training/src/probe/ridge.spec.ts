import { selectEngine } from '@coatrack/kernels';
import { beforeAll, describe, expect, it } from 'vitest';
import { calibrate } from './calibration';
import type { Matrix } from './on-engine';
import { fitRidge, type RidgeFit } from './ridge';
import { FeaturesError, standardised, standardOf } from './standardise';
import { tridiagonalise } from './tridiagonal';

beforeAll(() => selectEngine('wasm'));

const { signal } = new AbortController();

/** Returns a generator of values in [-1, 1), the same for the same seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

/** Returns features that separate classes more or less, of different sizes and with a common offset. */
function example(images: number, width: number, classes: number, seed = 1) {
  const draw = random(seed);
  const labels = Array.from({ length: images }, (_, image) => image % classes);
  const values = Float32Array.from({ length: images * width }, (_, place) => {
    const [image, feature] = [Math.floor(place / width), place % width];
    const signal = feature % classes === labels[image] ? 0.7 : 0;
    return (draw() + draw() + signal) * (1 + (feature % 5)) + 3;
  });
  return { features: { rows: images, columns: width, values }, labels, classes };
}

/** Solves A·X = B by Gauss–Jordan elimination. */
function solved(a: number[][], b: number[][]): number[][] {
  const rows = a.map((row, i) => [...row, ...b[i]!]);
  for (let i = 0; i < rows.length; i++) {
    const pivot = rows.findIndex((row, at) => at >= i && Math.abs(row[i]!) > 1e-12);
    [rows[i], rows[pivot]] = [rows[pivot]!, rows[i]!];
    const scale = rows[i]![i]!;
    rows[i] = rows[i]!.map((value) => value / scale);
    rows.forEach((row, at) => {
      if (at !== i) rows[at] = row.map((value, column) => value - row[i]! * rows[i]![column]!);
    });
  }
  return rows.map((row) => row.slice(a.length));
}

/** Computes a textbook ridge regression whose intercept is a column without penalty. @returns scores of all images */
function reference(
  x: number[][],
  labels: readonly number[],
  classes: number,
  penalty: number,
  used: number[],
): number[][] {
  const rows = x.map((row) => [1, ...row]);
  const width = rows[0]!.length;
  const gram = Array.from({ length: width }, (_, i) =>
    Array.from(
      { length: width },
      (_, j) =>
        used.reduce((sum, image) => sum + rows[image]![i]! * rows[image]![j]!, 0) +
        (i === j && i > 0 ? penalty : 0),
    ),
  );
  const right = Array.from({ length: width }, (_, i) =>
    Array.from({ length: classes }, (_, c) =>
      used.reduce((sum, image) => sum + (labels[image] === c ? rows[image]![i]! : 0), 0),
    ),
  );
  const beta = solved(gram, right);
  return rows.map((row) =>
    Array.from({ length: classes }, (_, c) =>
      row.reduce((sum, value, i) => sum + value * beta[i]![c]!, 0),
    ),
  );
}

const rowsOf = ({ columns, values }: Matrix) =>
  Array.from({ length: values.length / columns }, (_, row) =>
    Array.from(values.subarray(row * columns, (row + 1) * columns)),
  );

/** Returns the logits of the fitted head. */
const logitsOf = ({ weights, bias }: RidgeFit, { columns, values }: Matrix) =>
  rowsOf({ rows: 0, columns, values }).map((row) =>
    Array.from(
      bias,
      (offset, c) => offset + row.reduce((sum, x, i) => sum + x * weights[c * columns + i]!, 0),
    ),
  );

function expectClose(found: number[][], wanted: number[][], tolerance: number): void {
  const size = Math.max(...wanted.flat().map(Math.abs));
  const worst = Math.max(
    ...found.flatMap((row, i) => row.map((value, j) => Math.abs(value - wanted[i]![j]!))),
  );
  expect(worst / size).toBeLessThan(tolerance);
}

/** Compares a fit with textbook solves: of all images, and of all images but one, for each. */
async function expectReference(data: ReturnType<typeof example>): Promise<RidgeFit> {
  const { features, labels, classes } = data;
  const fit = await fitRidge({ ...data, signal });
  const x = rowsOf(standardised(features, standardOf(features)));
  const all = labels.map((_, image) => image);
  const penalty = fit.ridge * labels.length;
  const leftOut = all.map(
    (image) =>
      reference(
        x,
        labels,
        classes,
        penalty,
        all.filter((other) => other !== image),
      )[image]!,
  );
  const scores = {
    rows: labels.length,
    columns: classes,
    values: Float32Array.from(leftOut.flat()),
  };
  const { scale, loss } = calibrate(scores, labels);
  const scaled = (rows: number[][]) => rows.map((row) => row.map((value) => scale * value));
  expectClose(rowsOf(fit.leftOut), scaled(leftOut), 2e-3);
  expectClose(logitsOf(fit, features), scaled(reference(x, labels, classes, penalty, all)), 2e-3);
  expect(fit.leftOutLoss).toBeCloseTo(loss, 3);
  return fit;
}

describe('ridge regression', () => {
  it.each([
    ['more images than features', example(40, 9, 3)],
    ['more features than images', example(14, 30, 3)],
    ['as many features as images', example(20, 20, 2)],
    ['classes of one image each', example(6, 9, 6)],
    ['two images', example(2, 4, 2)],
  ])('predicts each image as a fit to all the others does, with %s', async (_, data) => {
    await expectReference(data);
  });

  it('gives constant features no weight', async () => {
    const data = example(30, 8, 3);
    for (let image = 0; image < 30; image++) data.features.values[image * 8 + 5] = 1234.5;
    const { weights } = await fitRidge({ ...data, signal });
    for (let c = 0; c < 3; c++) expect(weights[c * 8 + 5]).toBeCloseTo(0, 12);
    expect(weights.every(Number.isFinite)).toBe(true);
  });

  it('answers the shares of the classes where all features are constant', async () => {
    const values = new Float32Array(8 * 3).fill(2);
    const labels = [0, 0, 0, 0, 0, 0, 1, 1];
    const features = { rows: 8, columns: 3, values };
    const fit = await fitRidge({ features, labels, classes: 2, signal });
    expect(fit.weights.every((weight) => weight === 0)).toBe(true);
    expect(fit.bias[0]).toBeGreaterThan(fit.bias[1]!);
  });

  it('is not sure of anything where the features say nothing', async () => {
    const data = example(60, 6, 2);
    const labels = data.labels.map((_, image) => Number((image * 7) % 11 < 5));
    const fit = await fitRidge({ features: data.features, labels, classes: 2, signal });
    expect(fit.leftOutLoss).toBeCloseTo(Math.log(2), 1);
    for (const [a, b] of logitsOf(fit, data.features)) expect(Math.abs(a! - b!)).toBeLessThan(1);
  });

  it('says which feature of which image is not a number', async () => {
    const data = example(10, 4, 2);
    data.features.values[3 * 4 + 2] = NaN;
    const failure = await fitRidge({ ...data, signal }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(FeaturesError);
    expect(failure).toMatchObject({ row: 3, code: 'FEATURES_NOT_FINITE' });
    expect(String(failure)).toContain('Feature 2 of image 3 is NaN');
  });

  it('ends when it is aborted', async () => {
    const reason = new Error('cancelled');
    const data = example(80, 70, 2);
    await expect(fitRidge({ ...data, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('calibration', () => {
  it('finds the scale that scores were divided by', () => {
    const draw = random(7);
    const labels: number[] = [];
    const values = Float32Array.from({ length: 3 * 20_000 }, () => draw());
    for (let row = 0; row < 20_000; row++) {
      const weights = [0, 1, 2].map((c) => Math.exp(4 * values[row * 3 + c]!));
      let left = ((draw() + 1) / 2) * (weights[0]! + weights[1]! + weights[2]!);
      labels.push(weights.findIndex((weight) => (left -= weight) < 0));
    }
    expect(calibrate({ rows: 20_000, columns: 3, values }, labels).scale).toBeCloseTo(4, 0);
  });

  it('stays finite where all scores are right, and where all are wrong', () => {
    const values = Float32Array.of(1, 0, 0, 1);
    const right = calibrate({ rows: 2, columns: 2, values }, [0, 1]);
    const wrong = calibrate({ rows: 2, columns: 2, values }, [1, 0]);
    expect(right.scale).toBeLessThan(100);
    expect(wrong.loss).toBeCloseTo(Math.log(2), 2);
  });
});

describe('tridiagonalization', () => {
  it('makes a product of orthogonal and tridiagonal matrices that is the matrix', async () => {
    const [draw, size] = [random(3), 37];
    const matrix = new Float64Array(size * size);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j <= i; j++) matrix[i * size + j] = matrix[j * size + i] = draw();
    }
    // Rows with nothing to reflect are skipped.
    for (let j = 0; j < size; j++) matrix[20 * size + j] = matrix[j * size + 20] = 0;
    const { diagonal, beside, basis } = await tridiagonalise(matrix.slice(), size, signal);
    const q = (i: number, k: number) => (k < 0 || k >= size ? 0 : basis[i * size + k]!);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        let [sum, dot] = [0, 0];
        for (let k = 0; k < size; k++) {
          const column =
            q(i, k) * diagonal[k]! + q(i, k - 1) * beside[k]! + q(i, k + 1) * (beside[k + 1] ?? 0);
          sum += column * q(j, k);
          dot += q(i, k) * q(j, k);
        }
        expect(sum).toBeCloseTo(matrix[i * size + j]!, 10);
        expect(dot).toBeCloseTo(Number(i === j), 10);
      }
    }
  });
});

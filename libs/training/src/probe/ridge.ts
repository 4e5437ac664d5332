import { calibrate, type Calibration } from './calibration';
import { gram, type Matrix, multiply, outerGram } from './on-engine';
import { type Standard, standardised, standardOf } from './standardise';
import { type Tridiagonal, tridiagonalise } from './tridiagonal';

export interface RidgeOptions {
  /** [images, features] */
  features: Matrix;
  /** index of each image's class */
  labels: readonly number[];
  classes: number;
  signal: AbortSignal;
}

/** A linear classifier in closed form, with its leave-one-out predictions. */
export interface RidgeFit {
  /** [classes, features], for unstandardised features */
  weights: Float32Array;
  /** [classes] */
  bias: Float32Array;
  /** Chosen penalty per image, for weights of features with deviation 1. */
  ridge: number;
  /** Logits [images, classes] of each image from a fit to all others, with the same penalty and scale. */
  leftOut: Matrix;
  /** Mean cross-entropy of the left-out logits, in nats. */
  leftOutLoss: number;
}

/** Candidate penalties per image, in half decades. Of equally good ones the strongest is chosen. */
const ridges = Array.from({ length: 15 }, (_, index) => 10 ** (3 - index / 2));

/** Below this value, an image alone determines its fitted value, and nothing is known of a fit without it. */
const leastFreedom = 1e-9;

/**
 * Fits one-hot classes to features by ridge regression. Each feature is standardised to mean 0 and deviation 1, and the
 * intercept is not penalised.
 * One tridiagonalization of the features' products, or of the images' products if there are fewer images, serves all penalties.
 * For each penalty, the diagonal of the hat matrix gives every image's prediction by a fit without it. The penalty with the
 * lowest cross-entropy of these predictions wins, because error counts are too coarse on few images. Their temperature is
 * folded into the weights.
 * Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, §3.4.1 and equation 7.64.
 * @throws FeaturesError, RangeError when there are fewer than two images, the signal's reason
 */
export async function fitRidge(options: RidgeOptions): Promise<RidgeFit> {
  const { features, labels, signal } = options;
  if (labels.length < 2) throw new RangeError('A linear fit needs at least two images');
  const standard = standardOf(features);
  const system = await decompose(standardised(features, standard), options);
  let best: (Calibration & { ridge: number; leftOut: Matrix; solution: Matrix }) | undefined;
  for (const ridge of ridges) {
    const solution = solve(system, ridge * labels.length);
    const leftOut = await leaveOneOut(system, ridge * labels.length, solution, options);
    const calibration = calibrate(leftOut, labels, best?.scale);
    if (!best || calibration.loss < best.loss) best = { ...calibration, ridge, leftOut, solution };
  }
  const { scale, loss, ridge, leftOut, solution } = best!;
  const coefficients = await coefficientsOf(system, solution, signal);
  for (let place = 0; place < leftOut.values.length; place++) leftOut.values[place]! *= scale;
  const head = unstandardised(coefficients, standard, system.shares, scale);
  return { ...head, ridge, leftOut, leftOutLoss: loss };
}

interface System extends Tridiagonal {
  /** Whether the system is in the space of features, or of images if there are fewer of those. */
  space: 'features' | 'images';
  /** [images, features], standardised */
  standardised: Matrix;
  /** [images, size], each image in the basis */
  rows: Matrix;
  /** Share of the images per class. */
  shares: Float64Array;
  /** rowsᵀ times the centred one-hot classes [size, classes] */
  targets: Float64Array;
}

async function decompose(
  standardised: Matrix,
  { labels, classes, signal }: RidgeOptions,
): Promise<System> {
  const { rows: images, columns } = standardised;
  const space = images > columns ? 'features' : 'images';
  const size = Math.min(images, columns);
  const products = await (space === 'features' ? gram : outerGram)(standardised, signal);
  const reduced = await tridiagonalise(products, size, signal);
  const basis = { rows: size, columns: size, values: Float32Array.from(reduced.basis) };
  const rows = space === 'features' ? await multiply(standardised, basis, signal) : basis;
  const shares = new Float64Array(classes);
  for (const label of labels) shares[label]! += 1 / images;
  return {
    ...reduced,
    space,
    standardised,
    rows,
    shares,
    targets: targetsOf(rows, labels, shares),
  };
}

function targetsOf(
  { columns, values }: Matrix,
  labels: readonly number[],
  shares: Float64Array,
): Float64Array {
  const classes = shares.length;
  const sums = new Float64Array(columns);
  const targets = new Float64Array(columns * classes);
  for (const [image, label] of labels.entries()) {
    for (let column = 0; column < columns; column++) {
      const value = values[image * columns + column]!;
      sums[column]! += value;
      targets[column * classes + label]! += value;
    }
  }
  return targets.map((value, place) => {
    const [column, label] = [Math.floor(place / classes), place % classes];
    return value - shares[label]! * sums[column]!;
  });
}

/** Factorizes T + λ as L·D·Lᵀ. */
function factorize({ diagonal, beside }: Tridiagonal, penalty: number) {
  const pivots = new Float64Array(diagonal.length);
  /** the entries of L beside its diagonal */
  const below = new Float64Array(diagonal.length);
  for (let i = 0; i < diagonal.length; i++) {
    if (i > 0) below[i] = beside[i]! / pivots[i - 1]!;
    // Rounding can leave the smallest eigenvalue below 0. The penalty is always larger than that.
    pivots[i] = diagonal[i]! + penalty - (i > 0 ? below[i]! * beside[i]! : 0);
  }
  return { pivots, below };
}

/** Returns (T + λ)⁻¹·targets [size, classes]. */
function solve(system: System, penalty: number): Matrix {
  const { targets, shares } = system;
  const [size, classes] = [system.diagonal.length, shares.length];
  const { pivots, below } = factorize(system, penalty);
  const solution = targets.slice();
  for (let i = 1; i < size; i++) {
    for (let c = 0; c < classes; c++) {
      solution[i * classes + c]! -= below[i]! * solution[(i - 1) * classes + c]!;
    }
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let c = 0; c < classes; c++) {
      const after = i + 1 < size ? below[i + 1]! * solution[(i + 1) * classes + c]! : 0;
      solution[i * classes + c] = solution[i * classes + c]! / pivots[i]! - after;
    }
  }
  return { rows: size, columns: classes, values: Float32Array.from(solution) };
}

/** Returns each image's scores from a fit without it [images, classes]. */
async function leaveOneOut(
  system: System,
  penalty: number,
  solution: Matrix,
  { labels, signal }: RidgeOptions,
): Promise<Matrix> {
  const { space, rows, shares } = system;
  const scores = await multiply(rows, solution, signal);
  const forms = quadraticForms(rows, factorize(system, penalty));
  const { columns, values } = scores;
  for (const [image, label] of labels.entries()) {
    // The intercept's part of the hat matrix is 1 / images everywhere.
    const intercept = 1 / labels.length;
    const freedom =
      space === 'features' ? 1 - intercept - forms[image]! : penalty * forms[image]! - intercept;
    for (let c = 0; c < columns; c++) {
      const place = image * columns + c;
      const truth = Number(c === label);
      const fitted = values[place]!;
      const residual = space === 'features' ? truth - shares[c]! - fitted : penalty * fitted;
      values[place] = truth - residual / Math.max(freedom, leastFreedom);
    }
  }
  return scores;
}

/** Returns r·(T + λ)⁻¹·rᵀ of every row r. */
function quadraticForms(
  { rows, columns, values }: Matrix,
  { pivots, below }: ReturnType<typeof factorize>,
): Float64Array {
  const reciprocals = pivots.map((pivot) => 1 / pivot);
  const forms = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    let [sum, before] = [0, 0];
    for (let i = 0; i < columns; i++) {
      before = values[start + i]! - below[i]! * before;
      sum += before * before * reciprocals[i]!;
    }
    forms[row] = sum;
  }
  return forms;
}

/** Returns the weights for the standardised features [features, classes]. */
async function coefficientsOf(
  { space, basis, rows, standardised }: System,
  solution: Matrix,
  signal: AbortSignal,
): Promise<Matrix> {
  const size = solution.rows;
  if (space === 'features') {
    const left = { rows: size, columns: size, values: Float32Array.from(basis) };
    return multiply(left, solution, signal);
  }
  const dual = await multiply(rows, solution, signal);
  const transposed = transpose(standardised);
  return multiply(transposed, dual, signal);
}

function transpose({ rows, columns, values }: Matrix): Matrix {
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      result[column * rows + row] = values[row * columns + column]!;
    }
  }
  return { rows: columns, columns: rows, values: result };
}

/** Converts weights that give scores of standardised features into a head that gives logits of unstandardised ones. */
function unstandardised(
  { rows: features, columns: classes, values }: Matrix,
  { mean, reciprocal }: Standard,
  shares: Float64Array,
  scale: number,
): Pick<RidgeFit, 'weights' | 'bias'> {
  const weights = new Float32Array(classes * features);
  const bias = shares.map((share) => scale * share);
  for (let feature = 0; feature < features; feature++) {
    for (let c = 0; c < classes; c++) {
      const weight = scale * values[feature * classes + c]! * reciprocal[feature]!;
      weights[c * features + feature] = weight;
      bias[c]! -= mean[feature]! * weight;
    }
  }
  return { weights, bias: Float32Array.from(bias) };
}

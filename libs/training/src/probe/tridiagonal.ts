import { setImmediate as nextTurn } from 'node:timers/promises';

/** A symmetric matrix S as Q·T·Qᵀ, with an orthogonal Q and a symmetric T that is zero except on its diagonal and beside it. */
export interface Tridiagonal {
  /** diagonal of T [size] */
  diagonal: Float64Array;
  /** entries of T beside the diagonal [size]; the first one is 0 */
  beside: Float64Array;
  /** Q [size, size], row-major */
  basis: Float64Array;
}

/** Number of columns to process before yielding to the event loop. */
const columnsPerTurn = 32;

/**
 * Reduces a symmetric matrix by Householder reflections, in (8/3)·size³ operations. Unlike a factorization, the result serves
 * every ridge: S + λ = Q·(T + λ)·Qᵀ. Golub and Van Loan, Matrix Computations, §8.3.1.
 * @param matrix [size, size], row-major; only its lower triangle is read, and it is overwritten
 * @throws the signal's reason
 */
export async function tridiagonalise(
  matrix: Float64Array,
  size: number,
  signal: AbortSignal,
): Promise<Tridiagonal> {
  const diagonal = new Float64Array(size);
  const beside = new Float64Array(size);
  /** Factor of each reflection I − factor·v·vᵀ, whose v stays in the matrix's row. */
  const factors = new Float64Array(size);
  const pending = { v: new Float64Array(size), product: new Float64Array(size) };
  const product = new Float64Array(size);
  for (let last = size - 1; last >= 0; last--) {
    if (last % columnsPerTurn === 0) await turn(signal);
    // A reflection changes the rows before its own only when the next one processes them.
    subtractFromRow(matrix, last * size, last, pending);
    diagonal[last] = matrix[last * size + last]!;
    const row = matrix.subarray(last * size, last * size + last);
    beside[last] = reflectRow(row, factors, last);
    multiplyRows(matrix, size, row, pending, product);
    finishProduct(row, factors[last]!, product);
    pending.v.set(row);
    pending.product.set(product.subarray(0, last));
  }
  return { diagonal, beside, basis: await accumulate(matrix, size, factors, signal) };
}

interface Pending {
  v: Float64Array;
  product: Float64Array;
}

/** Replaces a row by the v of the reflection that zeroes all of it but the last value. @returns that value */
function reflectRow(row: Float64Array, factors: Float64Array, place: number): number {
  const end = row.length - 1;
  let scale = 0;
  for (let i = 0; i <= end; i++) scale = Math.max(scale, Math.abs(row[i]!));
  let rest = 0;
  if (scale > 0) for (let i = 0; i < end; i++) rest += (row[i]! / scale) ** 2;
  const kept = row[end] ?? 0;
  if (rest === 0) {
    row.fill(0);
    return kept;
  }
  const head = kept / scale;
  const norm = Math.sqrt(rest + head * head);
  const left = head > 0 ? -norm : norm;
  const pivot = head - left;
  for (let i = 0; i < end; i++) row[i] = row[i]! / scale / pivot;
  row[end] = 1;
  factors[place] = (2 * pivot * pivot) / (rest + pivot * pivot);
  return left * scale;
}

function subtractFromRow(matrix: Float64Array, start: number, i: number, pending: Pending): void {
  const { v, product } = pending;
  const [a, b] = [v[i]!, product[i]!];
  for (let j = 0; j <= i; j++) matrix[start + j]! -= a * product[j]! + b * v[j]!;
}

/** Applies the pending S ← S − w·pᵀ − p·wᵀ and computes product ← S·v in one pass over the lower triangle. */
function multiplyRows(
  matrix: Float64Array,
  size: number,
  v: Float64Array,
  pending: Pending,
  product: Float64Array,
): void {
  const { v: w, product: p } = pending;
  const count = v.length;
  product.fill(0, 0, count);
  for (let i = 0; i < count; i++) {
    const start = i * size;
    const [a, b, own] = [w[i]!, p[i]!, v[i]!];
    let sum = 0;
    for (let j = 0; j < i; j++) {
      const value = matrix[start + j]! - a * p[j]! - b * w[j]!;
      matrix[start + j] = value;
      sum += value * v[j]!;
      product[j]! += value * own;
    }
    const value = matrix[start + i]! - 2 * a * b;
    matrix[start + i] = value;
    product[i]! += sum + value * own;
  }
}

/** Turns S·v into the p with (I − f·v·vᵀ)·S·(I − f·v·vᵀ) = S − v·pᵀ − p·vᵀ. */
function finishProduct(v: Float64Array, factor: number, product: Float64Array): void {
  let dot = 0;
  for (let i = 0; i < v.length; i++) dot += product[i]! * v[i]!;
  const half = (factor * factor * dot) / 2;
  for (let i = 0; i < v.length; i++) product[i] = factor * product[i]! - half * v[i]!;
}

/** Multiplies the reflections, starting with the smallest. Each changes only the part built by those before it. */
async function accumulate(
  reflections: Float64Array,
  size: number,
  factors: Float64Array,
  signal: AbortSignal,
): Promise<Float64Array> {
  const basis = new Float64Array(size * size);
  for (let i = 0; i < size; i++) basis[i * size + i] = 1;
  const sums = new Float64Array(size);
  for (let count = 1; count < size; count++) {
    if (count % columnsPerTurn === 0) await turn(signal);
    const factor = factors[count]!;
    if (factor === 0) continue;
    const v = reflections.subarray(count * size, count * size + count);
    sums.fill(0, 0, count);
    // Processes four rows at a time, so that the sums are read and written less often.
    const even = count - (count % 4);
    for (let i = 0; i < even; i += 4) {
      const [a, b, c, d] = [v[i]!, v[i + 1]!, v[i + 2]!, v[i + 3]!];
      const r0 = i * size;
      const [r1, r2, r3] = [r0 + size, r0 + 2 * size, r0 + 3 * size];
      for (let j = 0; j < count; j++) {
        sums[j]! +=
          a * basis[r0 + j]! + b * basis[r1 + j]! + c * basis[r2 + j]! + d * basis[r3 + j]!;
      }
    }
    for (let i = even; i < count; i++) {
      for (let j = 0; j < count; j++) sums[j]! += v[i]! * basis[i * size + j]!;
    }
    for (let i = 0; i < count; i++) {
      const [start, own] = [i * size, factor * v[i]!];
      for (let j = 0; j < count; j++) basis[start + j]! -= own * sums[j]!;
    }
  }
  return basis;
}

async function turn(signal: AbortSignal): Promise<void> {
  await nextTurn();
  signal.throwIfAborted();
}

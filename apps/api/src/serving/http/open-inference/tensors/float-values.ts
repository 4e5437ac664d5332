import { float16ToFloat32 } from '@coatrack/models';
import { invalidRequest } from '../../../../platform/errors/invalid-request';

/** Bytes per number. */
const floatBytes = { FP32: 4, FP16: 2 } as const;
type FloatType = keyof typeof floatBytes;
export const floatTypes = Object.keys(floatBytes) as FloatType[];

export const isFloatType = (type: string): type is FloatType => Object.hasOwn(floatBytes, type);

function countOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/**
 * @param binary little-endian
 * @throws DomainError INVALID_REQUEST when it isn't `shape` numbers long, or one is not finite
 */
export function floatsFromBinary(
  binary: Buffer,
  { type, shape, where }: { type: FloatType; shape: readonly number[]; where: string },
): Float32Array {
  const bytes = countOf(shape) * floatBytes[type];
  if (binary.length !== bytes) {
    const message = `has ${binary.length} bytes; shape [${shape.join(', ')}] of ${type} has ${bytes}`;
    throw invalidRequest([{ where, message }]);
  }
  // Copied, as typed arrays must be aligned and a tensor in a body need not be.
  const own = new Uint8Array(binary).buffer;
  const values = type === 'FP32' ? new Float32Array(own) : float16ToFloat32(new Uint16Array(own));
  return finite(values, where);
}

/**
 * @param data numbers, row by row or nested as the shape says
 * @throws DomainError INVALID_REQUEST when it doesn't have that shape, or holds a value that is not a finite
 *   single-precision number
 */
export function floatsFromJson(
  data: unknown,
  { shape, where }: { shape: readonly number[]; where: string },
): Float32Array {
  const flat = Array.isArray(data) && !Array.isArray(data[0]);
  const dimensions = flat ? [countOf(shape)] : shape;
  if (!hasShape(data, dimensions)) {
    const message = `must be ${countOf(shape)} numbers, in one list or in lists nested as shape [${shape.join(', ')}]`;
    throw invalidRequest([{ where, message }]);
  }
  const values = new Float32Array(countOf(shape));
  fill(values, 0, data);
  return finite(values, where);
}

type NestedNumbers = (number | NestedNumbers)[];

function hasShape(data: unknown, [size, ...inner]: readonly number[]): data is NestedNumbers {
  if (!Array.isArray(data) || data.length !== size) return false;
  return inner.length === 0
    ? data.every((value) => typeof value === 'number')
    : data.every((part) => hasShape(part, inner));
}

/** Copies the numbers into `target` and returns the index after the last one. */
function fill(target: Float32Array, from: number, data: NestedNumbers): number {
  let at = from;
  for (const part of data) {
    if (typeof part === 'number') target[at++] = part;
    else at = fill(target, at, part);
  }
  return at;
}

function finite(values: Float32Array, where: string): Float32Array {
  const index = indexOfNonFinite(values);
  if (index < 0) return values;
  const message = `value ${index} is ${values[index]}; all must be finite single-precision numbers`;
  throw invalidRequest([{ where, message }]);
}

/** Returns the index of the first number that is not finite, or -1. */
export function indexOfNonFinite(values: Float32Array): number {
  // A plain loop is ten times as fast as findIndex.
  for (let index = 0; index < values.length; index++) {
    if (!Number.isFinite(values[index])) return index;
  }
  return -1;
}

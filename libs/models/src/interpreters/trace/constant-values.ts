import { float32ToFloat16 } from '../../weights/half-floats';
import type { Constant } from './graph';

/** [rows, columns] → [columns, rows], with all further axes flattened into columns */
export function transposed({ shape: [rows, ...rest], values }: Constant): Constant {
  const columns = rest.reduce((product, side) => product * side, 1);
  return {
    shape: [columns, rows],
    values: async () => {
      const source = await values();
      const result = new Float32Array(source.length);
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          result[column * rows + row] = source[row * columns + column];
        }
      }
      return result;
    },
  };
}

/**
 * Converts values to half precision.
 * @throws RangeError naming the constant if a value is too large
 */
export function halves(name: string, values: Float32Array): Uint16Array {
  const result = float32ToFloat16(values);
  const index = result.findIndex((bits) => (bits & 0x7fff) === 0x7c00);
  if (index < 0 || !Number.isFinite(values[index])) return result;
  throw new RangeError(
    `"${name}" contains ${values[index]}, which half precision cannot represent: its largest number is 65504.`,
  );
}

/** Returns the bytes of a typed array. */
export function bytesOf(
  values: Float32Array | Uint16Array | Int32Array | BigInt64Array,
): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

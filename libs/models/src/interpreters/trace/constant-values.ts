import { float32ToFloat16 } from '../../weights/half-floats';
import type { Constant } from './graph';

/** [rows, columns] → [columns, rows], of all further axes flattened into columns */
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
 * Values in half precision.
 * @throws RangeError naming the constant when one is too large for it
 */
export function halves(name: string, values: Float32Array): Uint16Array {
  const result = float32ToFloat16(values);
  const index = result.findIndex((bits) => (bits & 0x7fff) === 0x7c00);
  if (index < 0 || !Number.isFinite(values[index])) return result;
  throw new RangeError(
    `"${name}" holds ${values[index]}, which half precision can't: its largest number is 65504.`,
  );
}

/** What a number's array holds, as it lies in memory. */
export function bytesOf(
  values: Float32Array | Uint16Array | Int32Array | BigInt64Array,
): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

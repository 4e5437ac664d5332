import { float32ToFloat16 } from '../weights/half-floats';
import type { Constant } from './graph';
import type { OnnxTensor } from './onnx-proto';

/** Of weights and of what is computed. */
export type Precision = 'fp32' | 'fp16';

/** The constants of an ONNX graph, each kept once. */
export class Constants {
  private readonly byName = new Map<string, OnnxTensor>();

  constructor(private readonly precision: Precision) {}

  get tensors(): OnnxTensor[] {
    return [...this.byName.values()];
  }

  /** Numbers in the graph's precision. @returns the name */
  floats(name: string, { shape, values }: Constant): string {
    if (this.precision === 'fp32') {
      return this.add({
        name,
        dims: shape,
        dataType: 'float32',
        bytes: async () => bytesOf(await values()),
      });
    }
    const bytes = async () => bytesOf(halves(name, await values()));
    return this.add({ name, dims: shape, dataType: 'float16', bytes });
  }

  /** A single number in the graph's precision. @returns the name */
  scalar(value: number): string {
    return this.floats(`scalar.${value}`, {
      shape: [],
      values: async () => Float32Array.of(value),
    });
  }

  /** A shape to reshape to: 0 stands for the size that is there. @returns the name */
  shape(sizes: readonly number[]): string {
    return this.add({
      name: `shape.${sizes.join('x')}`,
      dims: [sizes.length],
      dataType: 'int64',
      bytes: async () => bytesOf(BigInt64Array.from(sizes, BigInt)),
    });
  }

  /** @returns the name */
  indices(name: string, dims: readonly number[], values: () => Int32Array): string {
    return this.add({ name, dims, dataType: 'int32', bytes: async () => bytesOf(values()) });
  }

  private add(tensor: OnnxTensor): string {
    if (!this.byName.has(tensor.name)) this.byName.set(tensor.name, tensor);
    return tensor.name;
  }
}

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

function halves(name: string, values: Float32Array): Uint16Array {
  const result = float32ToFloat16(values);
  const index = result.findIndex((bits) => (bits & 0x7fff) === 0x7c00);
  if (index < 0 || !Number.isFinite(values[index])) return result;
  throw new RangeError(
    `"${name}" holds ${values[index]}, which half precision can't: its largest number is 65504.`,
  );
}

function bytesOf(values: Float32Array | Uint16Array | Int32Array | BigInt64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

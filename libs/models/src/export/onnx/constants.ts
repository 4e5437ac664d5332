import { bytesOf, halves } from '../../interpreters/trace/constant-values';
import type { Precision } from '../export-options';
import type { Constant } from '../../interpreters/trace/graph';
import type { OnnxTensor } from './onnx-proto';

/** The constants of an ONNX graph, each stored once. */
export class Constants {
  private readonly byName = new Map<string, OnnxTensor>();

  constructor(private readonly precision: Precision) {}

  get tensors(): OnnxTensor[] {
    return [...this.byName.values()];
  }

  /** Adds numbers in the graph's precision. @returns the name */
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

  /** Adds a single number in the graph's precision. @returns the name */
  scalar(value: number): string {
    return this.floats(`scalar.${value}`, {
      shape: [],
      values: async () => Float32Array.of(value),
    });
  }

  /** Adds a shape for Reshape, where 0 keeps the current size. @returns the name */
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

import type { TensorType } from './tensor-types';

/** Formats of published and uploaded weights. */
export type WeightsFormat = 'safetensors' | 'pytorch' | 'keras' | 'tensorflow';

/** A source of weights with timm's names and PyTorch's layouts, such as a safetensors file. */
export interface WeightsSource {
  /** Tensors by name. */
  readonly tensors: ReadonlyMap<string, { dtype: TensorType; shape: readonly number[] }>;
  /** Reads the values of one tensor, row-major, converted to 32-bit floats. */
  read(name: string): Promise<Float32Array>;
  /** Returns the name that a tensor has, or would have, in its file, for messages; undefined means the same. */
  nameInFile?(name: string): string | undefined;
}

/** A tensor to write, with timm's name and PyTorch's layout. */
export interface WeightsTensor {
  name: string;
  shape: readonly number[];
  dtype: 'F32' | 'I64';
  /** Returns the values, row-major; called once, when the tensor is written. */
  data(): Promise<Float32Array | BigInt64Array>;
}

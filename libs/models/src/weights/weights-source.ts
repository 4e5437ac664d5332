import type { TensorType } from './tensor-types';

/** What published and given weights may be kept in. */
export type WeightsFormat = 'safetensors' | 'pytorch' | 'keras' | 'tensorflow';

/** Where weights come from, in timm's names and PyTorch's layouts: a safetensors file, or anything alike. */
export interface WeightsSource {
  /** By name. */
  readonly tensors: ReadonlyMap<string, { dtype: TensorType; shape: readonly number[] }>;
  /** The values of one tensor, row-major, converted to 32-bit floats. */
  read(name: string): Promise<Float32Array>;
  /** What its file calls, or would call, a tensor; left out or undefined: the same as here. For messages. */
  nameInFile?(name: string): string | undefined;
}

/** One tensor to be written, in timm's name and PyTorch's layout. */
export interface WeightsTensor {
  name: string;
  shape: readonly number[];
  dtype: 'F32' | 'I64';
  /** The values, row-major; asked for once, when it is this tensor's turn. */
  data(): Promise<Float32Array | BigInt64Array>;
}

/** Element types of weights files that can be read. */
export type TensorType = 'F32' | 'F16' | 'BF16' | 'I64';

/** Where weights come from, in timm's names and PyTorch's layouts: a safetensors file, or anything alike. */
export interface WeightsSource {
  /** By name. */
  readonly tensors: ReadonlyMap<string, { dtype: TensorType; shape: readonly number[] }>;
  /** The values of one tensor, row-major, converted to 32-bit floats. */
  read(name: string): Promise<Float32Array>;
}

/** One tensor to be written, in timm's name and PyTorch's layout. */
export interface WeightsTensor {
  name: string;
  shape: readonly number[];
  dtype: 'F32' | 'I64';
  /** The values, row-major; asked for once, when it is this tensor's turn. */
  data(): Promise<Float32Array | BigInt64Array>;
}

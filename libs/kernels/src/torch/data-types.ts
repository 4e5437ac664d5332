import { BackendValues, DataType, util } from '@tensorflow/tfjs-core';
import { scalarType } from './aten';
import { Values } from './native';

const scalarTypes: Partial<Record<DataType, number>> = {
  float32: scalarType.float32,
  int32: scalarType.int32,
  bool: scalarType.bool,
};

export const dtypes = new Map<number, DataType>([
  [scalarType.float32, 'float32'],
  // Storage precision is internal to the engine: bfloat16 results are read as float32.
  [scalarType.bfloat16, 'float32'],
  [scalarType.int32, 'int32'],
  [scalarType.bool, 'bool'],
]);

/** Conversions of types that tfjs lacks to the nearest one that it has. */
export const conversions = new Map<number, number>([
  [scalarType.int64, scalarType.int32],
  [scalarType.float64, scalarType.float32],
  [scalarType.uint8, scalarType.int32],
]);

export function scalarTypeOf(dtype: DataType): number {
  const code = scalarTypes[dtype];
  if (code === undefined) throw new Error(`The torch engine has no ${dtype} tensors`);
  return code;
}

/** Allocates a typed array for a tensor's values. */
export function room({ shape, dtype }: { shape: number[]; dtype: DataType }): Values {
  return util.getTypedArrayFromDType(dtype as 'float32', util.sizeFromShape(shape as number[]));
}

/** Converts tfjs's values, which may be typed arrays of any kind, plain arrays, or null for zeros. */
export function typed(values: BackendValues | null, shape: number[]): Values {
  if (
    values instanceof Float32Array ||
    values instanceof Int32Array ||
    values instanceof Uint8Array
  )
    return values;
  return values
    ? Float32Array.from(values as unknown as number[])
    : new Float32Array(util.sizeFromShape(shape));
}

import { bfloat16ToFloat32, float16ToFloat32 } from './half-floats';

/** Supported element types of weights files, with safetensors' names. */
export type TensorType =
  'F32' | 'F16' | 'BF16' | 'F64' | 'I64' | 'I32' | 'I16' | 'I8' | 'U8' | 'BOOL';

/** Bytes of one element. */
export const elementBytes: Readonly<Record<TensorType, number>> = {
  F32: 4,
  F16: 2,
  BF16: 2,
  F64: 8,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
};

/** Whether values of the type are floating-point numbers, as weights are. */
export function isFloat(dtype: TensorType): boolean {
  return dtype.includes('F');
}

/** Converts elements to 32-bit floats. @param data whole elements, little-endian */
export function toFloat32(dtype: TensorType, data: ArrayBuffer): Float32Array {
  switch (dtype) {
    case 'F32':
      return new Float32Array(data);
    case 'F16':
      return float16ToFloat32(new Uint16Array(data));
    case 'BF16':
      return bfloat16ToFloat32(new Uint16Array(data));
    case 'F64':
      return new Float32Array(new Float64Array(data));
    case 'I64':
      return Float32Array.from(new BigInt64Array(data), Number);
    case 'I32':
      return new Float32Array(new Int32Array(data));
    case 'I16':
      return new Float32Array(new Int16Array(data));
    case 'I8':
      return new Float32Array(new Int8Array(data));
    case 'U8':
    case 'BOOL':
      return new Float32Array(new Uint8Array(data));
  }
}

import { env } from '@tensorflow/tfjs-core';
import { bfloat16Flag, bfloat16SupportedFlag } from '../contracts';
import { aten, isOf, scalarType } from './aten';
import { Handle } from './native';

export function registerPrecision(bfloat16Supported: boolean): void {
  env().registerFlag(bfloat16Flag, () => false);
  env().registerFlag(bfloat16SupportedFlag, () => bfloat16Supported);
}

/** Converts a convolution's operand to the type that convolutions compute in. */
export function asOperand(x: Handle): Handle {
  const wanted = env().getBool(bfloat16Flag) ? scalarType.bfloat16 : scalarType.float32;
  return isOf(x, wanted) ? x : aten('_to_copy', x, wanted);
}

/** Converts to float32, for operators that require it and for values that need full precision. */
export function asFloat32(x: Handle): Handle {
  return isOf(x, scalarType.bfloat16) ? aten('_to_copy', x, scalarType.float32) : x;
}

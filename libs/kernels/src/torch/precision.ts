import { env } from '@tensorflow/tfjs-core';
import { aten, isOf, scalarType } from './aten';
import { Handle } from './native';

/**
 * Flag of TensorFlow.js's environment: convolutions compute in bfloat16 and hand bfloat16 on, on processors with
 * avx512_bf16 or AMX and on CUDA. Parameters, their gradients, statistics and sums stay float32.
 */
export const bfloat16Flag = 'TORCH_BFLOAT16';

/** Flag, to be read only: whether bfloat16 is worth turning on here. Elsewhere it is emulated, slower than float32. */
const bfloat16SupportedFlag = 'TORCH_BFLOAT16_SUPPORTED';

export function registerPrecision(bfloat16Supported: boolean): void {
  env().registerFlag(bfloat16Flag, () => false);
  env().registerFlag(bfloat16SupportedFlag, () => bfloat16Supported);
}

/** A convolution's operand in the type that convolutions compute in. */
export function asOperand(x: Handle): Handle {
  const wanted = env().getBool(bfloat16Flag) ? scalarType.bfloat16 : scalarType.float32;
  return isOf(x, wanted) ? x : aten('_to_copy', x, wanted);
}

/** For operators that want float32 whatever their inputs were computed in, and for what must be kept exactly. */
export function asFloat32(x: Handle): Handle {
  return isOf(x, scalarType.bfloat16) ? aten('_to_copy', x, scalarType.float32) : x;
}

/**
 * Flag of TensorFlow.js's environment, which the torch engine registers: convolutions compute in bfloat16 and hand bfloat16
 * on, on processors with avx512_bf16 or AMX and on CUDA. Parameters, their gradients, statistics and sums stay float32.
 */
export const bfloat16Flag = 'TORCH_BFLOAT16';

/** Flag, to be read only: whether bfloat16 is worth turning on here. Elsewhere it is emulated, slower than float32. */
export const bfloat16SupportedFlag = 'TORCH_BFLOAT16_SUPPORTED';

/**
 * Flag of TensorFlow.js's environment, registered by the torch engine: convolutions compute in bfloat16 and return bfloat16
 * on processors with avx512_bf16 or AMX and on CUDA. Parameters, their gradients, statistics and sums stay float32.
 */
export const bfloat16Flag = 'TORCH_BFLOAT16';

/** Read-only flag: whether bfloat16 is supported here. Otherwise it is emulated and slower than float32. */
export const bfloat16SupportedFlag = 'TORCH_BFLOAT16_SUPPORTED';

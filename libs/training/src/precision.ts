import { bfloat16Flag, bfloat16SupportedFlag } from '@coatrack/kernels/contracts';
import * as tf from '@tensorflow/tfjs-core';
import type { Recipe } from './recipe/recipe';

/** Thrown when the recipe's precision isn't available here. The message names an alternative. */
export class PrecisionError extends Error {
  override readonly name = 'PrecisionError';
  readonly code = 'PRECISION_UNAVAILABLE';
}

/** @throws PrecisionError when the current engine or its device doesn't support the precision */
export function requirePrecision(precision: Recipe['precision']): void {
  if (precision === 'fp32') return;
  const engine = tf.getBackend();
  if (engine !== 'torch') {
    throw new PrecisionError(
      `The recipe's precision is bf16, but the ${engine} engine computes in fp32 alone: ` +
        'set precision to fp32, or train with the torch engine',
    );
  }
  if (!tf.env().getBool(bfloat16SupportedFlag)) {
    throw new PrecisionError(
      "The recipe's precision is bf16, but this processor has neither avx512_bf16 nor AMX: " +
        'set precision to fp32, or train on a processor that has one of them or on a CUDA GPU',
    );
  }
}

/**
 * Computes in a precision. Weights, statistics, gradients of weights and optimizer slots are always float32.
 * @param compute must be synchronous: other computations meanwhile would use this precision too
 */
export function withPrecision<Result>(
  precision: Recipe['precision'],
  compute: () => Result,
): Result {
  if (precision === 'fp32') return compute();
  const before = tf.env().getBool(bfloat16Flag);
  tf.env().set(bfloat16Flag, true);
  try {
    return compute();
  } finally {
    tf.env().set(bfloat16Flag, before);
  }
}

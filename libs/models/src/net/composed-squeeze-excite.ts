import type { ConvGeometry, Operations, SqueezeExciteParameters } from './operations';

const pointwise: ConvGeometry = { kernel: 1, stride: 1, padding: 'same' };

/** Composes squeeze-excitation of pooling, two convolutions and a product, for interpreters without an operation for it. */
export function composedSqueezeExcite<T, P>(
  operations: Operations<T, P>,
  x: T,
  { reduce, expand }: SqueezeExciteParameters<P>,
  { activation }: { activation: 'silu' | 'relu' },
): T {
  const mean = operations.globalPool(x);
  const hidden = operations.conv(mean, reduce.weight, reduce.bias, pointwise);
  const active = operations.activation(hidden, activation);
  const gate = operations.conv(active, expand.weight, expand.bias, pointwise);
  return operations.multiply(x, operations.activation(gate, 'sigmoid'));
}

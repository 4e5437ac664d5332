/**
 * Kernels that an engine may register for one optimizer update of one parameter; where it has none, the update is
 * composed of plain TensorFlow.js operations. All tensors are float32 and shaped like the parameter. The outputs are new
 * tensors: the inputs stay as they are.
 *
 * | kernel | inputs | attrs | outputs |
 * |---|---|---|---|
 * | `AdamWUpdate` | parameter, gradient, firstMoment, secondMoment | AdamWAttributes | [parameter, firstMoment, secondMoment] |
 * | `SgdUpdate` | parameter, gradient, velocity | SgdAttributes | [parameter, velocity] |
 */
export const optimizerKernels = {
  adamWUpdate: 'AdamWUpdate',
  sgdUpdate: 'SgdUpdate',
} as const;

interface UpdateAttributes {
  learningRate: number;
  /** Multiplies the gradient first: the factor that clipping by the global norm gives, else 1. */
  gradientScale: number;
  weightDecay: number;
}

/**
 * AdamW (arXiv:1711.05101) as PyTorch has it: with g = gradientScale·gradient,
 * m = β₁m + (1−β₁)g, v = β₂v + (1−β₂)g²,
 * p = p·(1 − learningRate·weightDecay) − learningRate/(1−β₁^step) · m / (√(v/(1−β₂^step)) + epsilon).
 */
export interface AdamWAttributes extends UpdateAttributes {
  beta1: number;
  beta2: number;
  epsilon: number;
  /** Of this update, from 1. */
  step: number;
}

/**
 * SGD as PyTorch has it, dampening 0: g = gradientScale·gradient + weightDecay·p, v = momentum·v + g,
 * p = p − learningRate·(nesterov ? g + momentum·v : v).
 */
export interface SgdAttributes extends UpdateAttributes {
  momentum: number;
  nesterov: boolean;
}

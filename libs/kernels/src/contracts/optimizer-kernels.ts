/**
 * Kernels that an engine may register for a step of an optimizer over all parameters at once; otherwise the step is
 * composed of plain TensorFlow.js operations. All tensors are float32.
 *
 * The inputs are an array of concatenated lists of equal length, with one tensor per parameter and of its shape. Every list
 * except the gradients (the values, for MovingAverages) is updated in place, so its memory must not be shared.
 *
 * | kernel | lists | attrs | output |
 * |---|---|---|---|
 * | `AdamWStep` | parameters, gradients, first moments, second moments | AdamWAttributes | norm |
 * | `SgdStep` | parameters, gradients, velocities | SgdAttributes | norm |
 * | `RmsPropStep` | parameters, gradients, mean squares, momenta | RmsPropAttributes | norm |
 * | `MovingAverages` | averages, values | MovingAveragesAttributes | none |
 *
 * norm [] is the Euclidean norm of all gradients together, before clipping. If it is not finite, the updated values are
 * undefined.
 */
export const optimizerKernels = {
  adamWStep: 'AdamWStep',
  sgdStep: 'SgdStep',
  rmsPropStep: 'RmsPropStep',
  movingAverages: 'MovingAverages',
} as const satisfies Record<string, OptimizerKernel>;

/** Attributes of each kernel. */
interface Attributes {
  AdamWStep: AdamWAttributes;
  SgdStep: SgdAttributes;
  RmsPropStep: RmsPropAttributes;
  MovingAverages: MovingAveragesAttributes;
}

export type OptimizerKernel = keyof Attributes;
export type OptimizerAttributes<Kernel extends OptimizerKernel> = Attributes[Kernel];

/** The kernels of one optimizer's update. */
export type StepKernel = Exclude<OptimizerKernel, 'MovingAverages'>;

/** In the formulas, g is the gradient times min(1, clipNorm/norm), or the gradient itself if clipNorm is 0. */
export interface StepAttributes {
  /** Of each parameter. */
  learningRate: number[];
  clipNorm: number;
  /** One per parameter. */
  weightDecay: number[];
}

/**
 * AdamW (arXiv:1711.05101) as in PyTorch: m = β₁m + (1−β₁)g, v = β₂v + (1−β₂)g²,
 * p = p·(1 − learningRate·weightDecay) − learningRate/(1−β₁^step) · m / (√(v/(1−β₂^step)) + epsilon).
 */
interface AdamWAttributes extends StepAttributes {
  beta1: number;
  beta2: number;
  epsilon: number;
  /** Number of the step, counted from 1. */
  step: number;
}

/**
 * SGD as in PyTorch with dampening 0: d = g + weightDecay·p, v = momentum·v + d,
 * p = p − learningRate·(nesterov ? d + momentum·v : v).
 */
interface SgdAttributes extends StepAttributes {
  momentum: number;
  nesterov: boolean;
}

/**
 * RMSProp as in TensorFlow (tf.compat.v1.train.RMSPropOptimizer): d = g + weightDecay·p, s = rho·s + (1−rho)d²,
 * m = momentum·m + learningRate·d/√(s + epsilon), p = p − m.
 */
interface RmsPropAttributes extends StepAttributes {
  rho: number;
  momentum: number;
  epsilon: number;
}

/** average = average − (1−decay)·(average − value). */
interface MovingAveragesAttributes {
  decay: number;
}

import type { OptimizerAttributes, StepAttributes, StepKernel } from '@coatrack/kernels/contracts';
import type { Parameter } from '@coatrack/models';
import * as tf from '@tensorflow/tfjs-core';
import { clip, globalNorm } from './clip';
import { runInPlace } from './run-in-place';

/** Inputs of one step besides the gradients. */
interface Update {
  /** 1-based count of steps, this one included */
  step: number;
  /** for a parameter whose rate is 1 */
  learningRate: number;
  /** maximum norm that gradients are scaled down to together; 0: no clipping */
  clipNorm: number;
}

/** A tensor that a training keeps for a weight, named for a checkpoint, in TensorFlow's layout. */
export interface Slot {
  name: string;
  variable: tf.Variable;
}

export interface Optimizer {
  readonly slots: readonly Slot[];
  /**
   * Updates the parameters and the slots, in place if the engine can.
   * @param gradients by name of the parameter's variable
   * @returns the norm of all gradients together, before clipping; if it isn't finite, parameters and slots are lost
   */
  apply(gradients: tf.NamedTensorMap, update: Update): tf.Scalar;
  dispose(): void;
}

/** Attributes of a kernel besides those that every step has. */
type OwnAttributes<Kernel extends StepKernel> = Kernel extends StepKernel
  ? Omit<OptimizerAttributes<Kernel>, keyof StepAttributes>
  : never;

/** Describes one kind of optimizer. */
export interface Method<Kernel extends StepKernel = StepKernel> {
  kernel: Kernel;
  /** names of a parameter's slots, with their initial values */
  slots: Record<string, number>;
  /** Returns the kernel's attributes besides learningRate, clipNorm and weightDecay. */
  attributes(update: Update): OwnAttributes<Kernel>;
  /**
   * Computes the step of one parameter, for an engine without the kernel.
   * @param tensors the parameter, its clipped gradient, its slots
   * @returns new values of the parameter and of its slots
   */
  next(tensors: tf.Tensor[], update: Update, weightDecay: number): tf.Tensor[];
}

/** A parameter with the factor for its learning rate. */
export interface RatedParameter extends Parameter {
  rate: number;
}

/** An optimizer whose state is a fixed set of slots per parameter. */
export class SlotOptimizer implements Optimizer {
  readonly slots: readonly Slot[];
  private readonly variables: readonly tf.Variable[];
  /** one list per slot, one tensor per parameter */
  private readonly states: readonly tf.Variable[][];
  /** weight decay per parameter; 0 unless its spec says that it decays */
  private readonly weightDecay: number[];

  constructor(
    private readonly parameters: readonly RatedParameter[],
    private readonly method: Method,
    weightDecay: number,
  ) {
    const kinds = Object.entries(method.slots);
    this.variables = parameters.map(({ variable }) => variable);
    this.weightDecay = parameters.map(({ spec }) => (spec.decay ? weightDecay : 0));
    this.states = kinds.map(([, start]) =>
      this.variables.map(({ shape }) => tf.tidy(() => tf.variable(tf.fill(shape, start), false))),
    );
    this.slots = parameters.flatMap(({ spec }, index) =>
      kinds.map(([kind], list) => ({
        name: `optimizer.${kind}.${spec.name}`,
        variable: this.states[list]![index]!,
      })),
    );
  }

  apply(gradients: tf.NamedTensorMap, update: Update): tf.Scalar {
    const { variables, states, weightDecay, method } = this;
    const given = this.parameters.map(({ spec, variable }) => {
      const gradient = gradients[variable.name];
      if (!gradient) throw new Error(`${spec.name} has no gradient`);
      return gradient;
    });
    const { clipNorm } = update;
    const learningRate = this.parameters.map(({ rate }) => rate * update.learningRate);
    const attributes = { ...method.attributes(update), learningRate, clipNorm, weightDecay };
    return tf.tidy(() => {
      const fused = runInPlace(method.kernel, [variables, ...states], given, attributes);
      return (fused?.[0] as tf.Scalar | undefined) ?? this.compose(given, update);
    });
  }

  dispose(): void {
    tf.dispose(this.slots.map(({ variable }) => variable));
  }

  private compose(gradients: readonly tf.Tensor[], update: Update): tf.Scalar {
    const norm = globalNorm(gradients);
    clip(gradients, { norm, limit: update.clipNorm }).forEach((gradient, index) => {
      const parameter = this.variables[index]!;
      const slots = this.states.map((list) => list[index]!);
      const next = this.method.next(
        [parameter, gradient, ...slots],
        { ...update, learningRate: update.learningRate * this.parameters[index]!.rate },
        this.weightDecay[index]!,
      );
      [parameter, ...slots].forEach((variable, i) => variable.assign(next[i]!));
    });
    return norm;
  }
}

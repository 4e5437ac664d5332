import type { OptimizerAttributes, StepAttributes, StepKernel } from '@coatrack/kernels/contracts';
import type { Parameter } from '@coatrack/models';
import * as tf from '@tensorflow/tfjs-core';
import { clip, globalNorm } from './clip';
import { runInPlace } from './run-in-place';

/** What one step needs besides the gradients. */
interface Update {
  /** 1-based count of steps, this one included */
  step: number;
  /** of a parameter whose rate is 1 */
  learningRate: number;
  /** gradients are scaled down together to this norm; 0: they stay as they are */
  clipNorm: number;
}

/** A tensor that a training keeps for a weight, named for a checkpoint; in TensorFlow's layout. */
export interface Slot {
  name: string;
  variable: tf.Variable;
}

export interface Optimizer {
  readonly slots: readonly Slot[];
  /**
   * Changes the parameters and the slots, in place where the engine can.
   * @param gradients by name of the parameter's variable
   * @returns the norm of all gradients together, before clipping; where it isn't finite, parameters and slots are lost
   */
  apply(gradients: tf.NamedTensorMap, update: Update): tf.Scalar;
  dispose(): void;
}

/** What a kernel is called with beside what every step is. */
type OwnAttributes<Kernel extends StepKernel> = Kernel extends StepKernel
  ? Omit<OptimizerAttributes<Kernel>, keyof StepAttributes>
  : never;

/** How one kind of optimizer differs from another. */
export interface Method<Kernel extends StepKernel = StepKernel> {
  kernel: Kernel;
  /** names of the slots of a parameter, and what they start with */
  slots: Record<string, number>;
  /** what the kernel wants besides learningRate, clipNorm and weightDecay */
  attributes(update: Update): OwnAttributes<Kernel>;
  /**
   * The step of one parameter, for an engine without the kernel.
   * @param tensors the parameter, its clipped gradient, its slots
   * @returns new values of the parameter and of its slots
   */
  next(tensors: tf.Tensor[], update: Update, weightDecay: number): tf.Tensor[];
}

/** A parameter with what its learning rate is multiplied by. */
export interface RatedParameter extends Parameter {
  rate: number;
}

/** An optimizer whose state is a fixed set of slots for each parameter. */
export class SlotOptimizer implements Optimizer {
  readonly slots: readonly Slot[];
  private readonly variables: readonly tf.Variable[];
  /** a list a kind of slot, an item a parameter */
  private readonly states: readonly tf.Variable[][];
  /** of each parameter: only those decay whose spec says so */
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

import type { Parameter } from '@coatrack/models';
import * as tf from '@tensorflow/tfjs-core';

/** What one update needs besides the gradients. */
export interface Update {
  /** 1-based count of updates, this one included */
  step: number;
  learningRate: number;
  /** what every gradient is multiplied by (clipping) */
  gradientScale: number;
}

/** A tensor that an optimizer keeps for a parameter, named for a checkpoint; in TensorFlow's layout. */
export interface Slot {
  name: string;
  variable: tf.Variable;
}

export interface Optimizer {
  readonly slots: readonly Slot[];
  /** @param gradients by name of the parameter's variable */
  apply(gradients: tf.NamedTensorMap, update: Update): void;
  dispose(): void;
}

/** Common to optimizers whose state is a fixed set of slots for each parameter. */
export abstract class SlotOptimizer implements Optimizer {
  readonly slots: readonly Slot[];
  private readonly slotsOf: readonly { parameter: Parameter; variables: tf.Variable[] }[];

  constructor(parameters: readonly Parameter[], slotNames: readonly string[]) {
    this.slotsOf = parameters.map((parameter) => ({
      parameter,
      variables: slotNames.map(() =>
        tf.tidy(() => tf.variable(tf.zeros(parameter.variable.shape), false)),
      ),
    }));
    this.slots = this.slotsOf.flatMap(({ parameter, variables }) =>
      variables.map((variable, index) => ({
        name: `optimizer.${slotNames[index]}.${parameter.spec.name}`,
        variable,
      })),
    );
  }

  apply(gradients: tf.NamedTensorMap, update: Update): void {
    tf.tidy(() => {
      for (const { parameter, variables } of this.slotsOf) {
        const gradient = gradients[parameter.variable.name];
        if (!gradient) throw new Error(`${parameter.spec.name} has no gradient`);
        const next = this.next(parameter, variables, gradient, update);
        [parameter.variable, ...variables].forEach((variable, index) =>
          variable.assign(next[index]!),
        );
      }
    });
  }

  dispose(): void {
    tf.dispose(this.slots.map(({ variable }) => variable));
  }

  /** @returns new values of the parameter and of its slots */
  protected abstract next(
    parameter: Parameter,
    slots: readonly tf.Variable[],
    gradient: tf.Tensor,
    update: Update,
  ): tf.Tensor[];
}

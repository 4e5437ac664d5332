import type { Parameter } from '@coatrack/models';
import * as tf from '@tensorflow/tfjs-core';
import { optimizerKernels } from '@coatrack/kernels/contracts';
import { copyOf, runInPlace } from './optimizers/run-in-place';
import type { Slot } from './optimizers/optimizer';

/**
 * Exponential moving averages of weights and running statistics, initialised with the values that they average.
 * As in tf.train.ExponentialMovingAverage with num_updates, early averages forget faster, so that they don't hang on to the
 * start.
 */
export class WeightAverages {
  readonly slots: readonly Slot[];
  /** Averages in the order of the weights. */
  readonly averages: readonly tf.Variable[];
  private readonly values: readonly tf.Variable[];

  /** @param decay in (0, 1): the share of itself that an average keeps per step, in the long run */
  constructor(
    weights: readonly Parameter[],
    private readonly decay: number,
  ) {
    this.values = weights.map(({ variable }) => variable);
    this.averages = this.values.map((value) => tf.tidy(() => tf.variable(copyOf(value), false)));
    this.slots = weights.map(({ spec }, index) => ({
      name: `average.${spec.name}`,
      variable: this.averages[index]!,
    }));
  }

  /** @param step 1-based number of steps that the weights have gone through */
  update(step: number): void {
    const decay = Math.min(this.decay, (1 + step) / (10 + step));
    const { averages, values } = this;
    if (runInPlace(optimizerKernels.movingAverages, [averages], values, { decay })) return;
    averages.forEach((average, index) =>
      tf.tidy(() => {
        const difference = tf.sub(average, values[index]!);
        average.assign(tf.sub(average, tf.mul(difference, 1 - decay)));
      }),
    );
  }

  /** Replaces the weights by the averages while body runs. */
  async during<Result>(body: () => Promise<Result>): Promise<Result> {
    const trained = this.values.map((value) => tf.clone(value));
    this.replaceWeights();
    try {
      return await body();
    } finally {
      this.values.forEach((value, index) => value.assign(trained[index]!));
      tf.dispose(trained);
    }
  }

  /** Replaces the weights by the averages permanently. */
  replaceWeights(): void {
    this.values.forEach((value, index) => value.assign(this.averages[index]!));
  }

  dispose(): void {
    tf.dispose(this.averages as tf.Variable[]);
  }
}

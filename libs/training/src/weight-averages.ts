import type { Parameter } from '@coatrack/models';
import * as tf from '@tensorflow/tfjs-core';
import { optimizerKernels } from '@coatrack/kernels/contracts';
import { copyOf, runInPlace } from './optimizers/run-in-place';
import type { Slot } from './optimizers/optimizer';

/**
 * Exponential moving averages of weights and running statistics, which start as what they average.
 * As tf.train.ExponentialMovingAverage with num_updates: early averages forget faster, so that they don't hang on to
 * the start.
 */
export class WeightAverages {
  readonly slots: readonly Slot[];
  /** In the order of the weights. */
  readonly averages: readonly tf.Variable[];
  private readonly values: readonly tf.Variable[];

  /** @param decay in (0, 1): what an average keeps of itself in a step, in the long run */
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

  /** @param step 1-based count of the steps that the weights have gone through */
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

  /** Puts the averages in the weights' place while body runs. */
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

  /** Puts the averages in the weights' place for good. */
  replaceWeights(): void {
    this.values.forEach((value, index) => value.assign(this.averages[index]!));
  }

  dispose(): void {
    tf.dispose(this.averages as tf.Variable[]);
  }
}

import { hash } from '@coatrack/images';
import type { Classifier, Parameter } from '@coatrack/models';
import * as tf from '@tensorflow/tfjs-core';
import { crossEntropy, smoothTargets } from './loss';
import type { Optimizer } from './optimizers/optimizer';
import type { Batch } from './image-loader';
import { withPrecision } from './precision';
import type { Recipe } from './recipe/recipe';
import { variableGradients } from './variable-gradients';

/** The loss or the gradients are no longer finite numbers. Checkpoints made before are sound. */
export class TrainingDivergedError extends Error {
  override readonly name = 'TrainingDivergedError';
  readonly code = 'TRAINING_DIVERGED';

  constructor(
    /** 1-based */
    readonly step: number,
    what: string,
  ) {
    super(
      `The training diverged at step ${step}: ${what}. A lower learning rate, a longer warm-up or gradient clipping helps`,
    );
  }
}

/** The engine could not get the memory that a step needs. Nothing of the step is kept; the parameters are as before. */
export class TrainingMemoryError extends Error {
  override readonly name = 'TrainingMemoryError';

  constructor(
    /** 1-based */
    readonly step: number,
    cause: Error,
  ) {
    super(
      `Step ${step} of the training ran out of memory: a smaller batch or smaller images need less (${cause.message})`,
      { cause },
    );
  }
}

interface StepOutcome {
  /** with label smoothing, in nats */
  loss: number;
  /** images whose true class had the highest logit */
  correct: number;
}

/** One optimizer update: forward, backward, clip, apply. */
export class TrainStep {
  private readonly variables: tf.Variable[];

  constructor(
    private readonly classifier: Classifier,
    parameters: readonly Parameter[],
    private readonly optimizer: Optimizer,
    private readonly recipe: Recipe,
  ) {
    this.variables = parameters.map(({ variable }) => variable);
  }

  /**
   * @param at step: 1-based
   * @throws TrainingDivergedError; the parameters are of no use then
   * @throws TrainingMemoryError
   */
  async run(batch: Batch, at: { step: number; learningRate: number }): Promise<StepOutcome> {
    const { labels } = batch;
    const { precision, clipNorm } = this.recipe;
    const computed = namingStep(at.step, () =>
      withPrecision(precision, () => this.differentiate(batch, at.step)),
    );
    try {
      const norm = this.optimizer.apply(computed.gradients, { ...at, clipNorm });
      // Read after the update is under way: a device needn't wait for this thread in the middle of a step.
      const [loss, gradientNorm, predicted] = await Promise.all(
        [computed.loss, norm, computed.predicted].map((tensor) => tensor.data()),
      ).finally(() => norm.dispose());
      requireFinite(at.step, 'loss', loss![0]!);
      requireFinite(at.step, "gradients' norm", gradientNorm![0]!);
      const correct = labels.filter((label, row) => predicted![row] === label).length;
      return { loss: loss![0]!, correct };
    } finally {
      tf.dispose(computed);
    }
  }

  private differentiate({ images, labels }: Batch, step: number) {
    const { imageSize, labelSmoothing, dropRate, dropPathRate, seed, trainable } = this.recipe;
    const { classes } = this.classifier;
    let predicted: tf.Tensor | undefined;
    const compute = () => {
      const input = tf.tensor4d(images, [labels.length, imageSize, imageSize, 3]);
      const targets = smoothTargets(labels, { classes, smoothing: labelSmoothing });
      const { value: loss, grads: gradients } = variableGradients(() => {
        const logits = this.classifier.forward(input, {
          frozenBackbone: trainable === 'head',
          dropRate,
          dropPathRate,
          seed: hash(seed, step),
        });
        predicted = tf.keep(tf.argMax(logits, -1));
        return crossEntropy(logits, targets);
      }, this.variables);
      return { loss, gradients, predicted: predicted! };
    };
    try {
      return tf.tidy(compute);
    } catch (error) {
      predicted?.dispose();
      throw error;
    }
  }
}

/** Runs part of a step; the engines' errors about memory know nothing of steps. */
function namingStep<T>(step: number, run: () => T): T {
  try {
    return run();
  } catch (error) {
    const outOfMemory = error instanceof Error && 'code' in error && error.code === 'OUT_OF_MEMORY';
    throw outOfMemory ? new TrainingMemoryError(step, error) : error;
  }
}

function requireFinite(step: number, name: string, value: number): void {
  if (!Number.isFinite(value)) throw new TrainingDivergedError(step, `the ${name} is ${value}`);
}

import { hash } from '@coatrack/images';
import type { Classifier, Parameter } from '@coatrack/models';
import * as tf from '@tensorflow/tfjs-core';
import type { Loss } from './class-balance';
import { TrainingDivergedError } from './divergence';
import { crossEntropy, smoothTargets } from './loss';
import type { Optimizer } from './optimizers/optimizer';
import type { Batch } from './image-loader';
import { withPrecision } from './precision';
import type { Recipe } from './recipe/recipe';
import { variableGradients } from './variable-gradients';

/** Thrown when the engine could not allocate the memory for a step. The step is discarded, and the parameters are as before. */
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

export interface StepOutcome {
  /** with label smoothing, in nats */
  loss: number;
  /** images for which the true class, or the one with the larger share, had the highest logit */
  correct: number;
}

/** Returns the parameters that learn: all, or those of the classifier head. */
export function learningParameters(
  { parameters }: Classifier,
  trainable: Recipe['trainable'],
): readonly Parameter[] {
  return trainable === 'all' ? parameters : parameters.filter(({ spec }) => spec.head);
}

/** Runs one optimizer update: forward and backward for each batch, clip, apply. */
export class TrainStep {
  private readonly variables: tf.Variable[];

  constructor(
    private readonly classifier: Classifier,
    parameters: readonly Parameter[],
    private readonly optimizer: Optimizer,
    private readonly recipe: Recipe,
    private readonly loss: Loss = crossEntropy,
  ) {
    this.variables = parameters.map(({ variable }) => variable);
  }

  /**
   * @param batches batches of equal size, whose gradients are averaged
   * @param at step: 1-based, of the whole training; firstStep: steps before those of this optimizer; dropRate: defaults to the
   * recipe's
   * @throws TrainingDivergedError; the parameters are then unusable
   * @throws TrainingMemoryError
   */
  async run(
    batches: readonly Batch[],
    at: { step: number; firstStep?: number; learningRate: number; dropRate?: number },
  ): Promise<StepOutcome> {
    const { precision, clipNorm } = this.recipe;
    const labels = batches.flatMap(mainLabels);
    const computed = namingStep(at.step, () =>
      withPrecision(precision, () => this.accumulate(batches, at)),
    );
    try {
      const { firstStep = 0, learningRate } = at;
      const step = at.step - firstStep;
      const norm = this.optimizer.apply(computed.gradients, { step, learningRate, clipNorm });
      // Results are read once the update is under way, so that a device needn't wait for this thread in the middle of a step.
      const [loss, gradientNorm, predicted] = await Promise.all(
        [computed.loss, norm, computed.predicted].map((tensor) => tensor.data()),
      ).finally(() => norm.dispose());
      this.requireFinite(at.step, 'loss', loss![0]!);
      this.requireFinite(at.step, "gradients' norm", gradientNorm![0]!);
      const correct = labels.filter((label, row) => predicted![row] === label).length;
      return { loss: loss![0]!, correct };
    } finally {
      tf.dispose(computed);
    }
  }

  private requireFinite(step: number, name: string, value: number): void {
    if (Number.isFinite(value)) return;
    throw new TrainingDivergedError(step, `the ${name} is ${value}`, this.recipe);
  }

  private accumulate(
    batches: readonly Batch[],
    { step, dropRate = this.recipe.dropRate }: { step: number; dropRate?: number },
  ): Differentiated {
    const { seed } = this.recipe;
    let sum: Differentiated | undefined;
    batches.forEach((batch, index) => {
      // A step's only batch draws its seed from the step alone, as it did before steps could have several batches.
      const stepSeed = index === 0 ? hash(seed, step) : hash(seed, step, index);
      const next = this.differentiate(batch, { seed: stepSeed, dropRate });
      sum = sum ? added(sum, next) : next;
    });
    return batches.length > 1 ? scaled(sum!, 1 / batches.length) : sum!;
  }

  private differentiate(
    batch: Batch,
    { seed, dropRate }: { seed: number; dropRate: number },
  ): Differentiated {
    const { images, labels, imageSize } = batch;
    const { labelSmoothing, dropPathRate, trainable } = this.recipe;
    const { classes } = this.classifier;
    let predicted: tf.Tensor | undefined;
    const compute = () => {
      const input = tf.tensor4d(images, [labels.length, imageSize, imageSize, 3]);
      const targets = smoothTargets(batch, { classes, smoothing: labelSmoothing });
      const { value: loss, grads: gradients } = variableGradients(() => {
        const logits = this.classifier.forward(input, {
          frozenBackbone: trainable === 'head',
          dropRate,
          dropPathRate,
          seed,
        });
        predicted = tf.keep(tf.argMax(logits, -1));
        return this.loss(logits, targets);
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

/** The results of a batch. */
// A type, because TensorFlow.js does not accept an interface as a container of tensors.
type Differentiated = {
  loss: tf.Scalar;
  gradients: tf.NamedTensorMap;
  /** [batch]: the classes with the highest logits */
  predicted: tf.Tensor;
};

/** Adds the losses and the gradients of two results and joins their predictions. Frees both. */
function added(first: Differentiated, second: Differentiated): Differentiated {
  return replaced([first, second], () => ({
    loss: tf.add(first.loss, second.loss),
    gradients: mapped(first.gradients, (gradient, name) =>
      tf.add(gradient, second.gradients[name]!),
    ),
    predicted: tf.concat([first.predicted, second.predicted]),
  }));
}

/** Multiplies the loss and the gradients. */
function scaled(sum: Differentiated, factor: number): Differentiated {
  return replaced([sum], () => ({
    loss: tf.mul(sum.loss, factor),
    gradients: mapped(sum.gradients, (gradient) => tf.mul(gradient, factor)),
    predicted: tf.clone(sum.predicted),
  }));
}

function replaced(old: Differentiated[], compute: () => Differentiated): Differentiated {
  try {
    return tf.tidy(compute);
  } finally {
    tf.dispose(old);
  }
}

function mapped(
  tensors: tf.NamedTensorMap,
  map: (tensor: tf.Tensor, name: string) => tf.Tensor,
): tf.NamedTensorMap {
  return Object.fromEntries(Object.entries(tensors).map(([name, t]) => [name, map(t, name)]));
}

/** Returns the label with the larger share for each image. */
function mainLabels({ labels, mixed }: Batch): number[] {
  if (!mixed) return labels;
  return labels.map((label, row) => (mixed.shares[row]! < 0.5 ? mixed.labels[row]! : label));
}

/** Runs part of a step and adds the step to the engines' errors about memory. */
function namingStep<T>(step: number, run: () => T): T {
  try {
    return run();
  } catch (error) {
    const outOfMemory = error instanceof Error && 'code' in error && error.code === 'OUT_OF_MEMORY';
    throw outOfMemory ? new TrainingMemoryError(step, error) : error;
  }
}

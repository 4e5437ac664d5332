import type { Classifier, Parameter } from '@coatrack/models';
import * as tf from '@tensorflow/tfjs-core';
import { crossEntropy, smoothTargets } from './loss';
import { clipByGlobalNorm } from './optimizers/clip';
import type { Optimizer } from './optimizers/optimizer';
import type { Batch } from './pictures/loader';
import { hash } from './random';
import type { Recipe } from './recipe';

export interface StepOutcome {
  /** with label smoothing, in nats */
  loss: number;
  /** before clipping */
  gradientNorm: number;
  /** pictures whose true class had the highest logit */
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

  async run(
    { images, labels }: Batch,
    { step, learningRate }: { step: number; learningRate: number },
  ): Promise<StepOutcome> {
    const { imageSize, labelSmoothing, dropRate, dropPathRate, clipNorm, seed } = this.recipe;
    const outcome = tf.tidy(() => {
      const input = tf.tensor4d(images, [labels.length, imageSize, imageSize, 3]);
      const targets = smoothTargets(labels, {
        classes: this.classifier.classes,
        smoothing: labelSmoothing,
      });
      let predicted!: tf.Tensor;
      const { value: loss, grads } = tf.variableGrads(() => {
        const logits = this.classifier.forward(input, {
          frozenBackbone: this.recipe.trainable === 'head',
          dropRate,
          dropPathRate,
          seed: hash(seed, step),
        });
        predicted = tf.keep(tf.argMax(logits, -1));
        return crossEntropy(logits, targets);
      }, this.variables);
      const { norm, scale: gradientScale } = clipByGlobalNorm(grads, clipNorm);
      this.optimizer.apply(grads, { step, learningRate, gradientScale });
      return { loss, norm, predicted };
    });
    const [loss, norm, predicted] = await Promise.all([
      outcome.loss.data(),
      outcome.norm.data(),
      outcome.predicted.data(),
    ]);
    tf.dispose(outcome);
    return {
      loss: loss[0]!,
      gradientNorm: norm[0]!,
      correct: labels.filter((label, row) => predicted[row] === label).length,
    };
  }
}

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Classifier } from '@coatrack/models';
import * as tf from '@tensorflow/tfjs-core';
import { type Evaluation, MetricsAccumulator } from './metrics';
import type { Batch } from './image-loader';

/** A network that predicts batches. */
export interface Predictor {
  classes: number;
  /**
   * @param images [batch, imageSize, imageSize, 3], normalised
   * @returns logits [batch, classes]
   */
  run(images: Float32Array, batch: number): Promise<Float32Array>;
}

/** Returns a classifier's predictions, with its batch norms in inference mode. */
export function predictorOf(classifier: Classifier): Predictor {
  const { classes, imageSize } = classifier;
  return {
    classes,
    async run(images, batch) {
      const logits = tf.tidy(() =>
        classifier.predict(tf.tensor4d(images, [batch, imageSize, imageSize, 3])),
      );
      try {
        return await logits.data<'float32'>();
      } finally {
        logits.dispose();
      }
    },
  };
}

/**
 * Predicts batches and compares the results with their labels. Yields to the event loop after every batch.
 * @throws the signal's reason
 */
export async function evaluate(
  predictor: Predictor,
  batches: AsyncIterable<Batch>,
  signal: AbortSignal,
): Promise<Evaluation> {
  const metrics = new MetricsAccumulator(predictor.classes);
  for await (const { images, labels } of batches) {
    signal.throwIfAborted();
    metrics.add(await predictor.run(images, labels.length), labels);
    await nextTurn();
  }
  return metrics.result();
}

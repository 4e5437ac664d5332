import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Classifier } from '@coatrack/models';
import * as tf from '@tensorflow/tfjs-core';
import { type Evaluation, MetricsAccumulator } from './metrics';
import type { Batch } from './image-loader';

/**
 * Predicts batches and compares with their labels. Leaves the event loop a turn after every batch.
 * @throws the signal's reason
 */
export async function evaluate(
  classifier: Classifier,
  batches: AsyncIterable<Batch>,
  signal: AbortSignal,
): Promise<Evaluation> {
  const { classes, imageSize } = classifier;
  const metrics = new MetricsAccumulator(classes);
  for await (const { images, labels } of batches) {
    signal.throwIfAborted();
    const logits = tf.tidy(() =>
      classifier.predict(tf.tensor4d(images, [labels.length, imageSize, imageSize, 3])),
    );
    metrics.add(await logits.data<'float32'>(), labels);
    logits.dispose();
    await nextTurn();
  }
  return metrics.result();
}

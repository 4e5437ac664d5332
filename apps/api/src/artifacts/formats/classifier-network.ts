import { type Architecture, Classifier, type WeightsSource } from '@coatrack/models';
import * as tf from '@tensorflow/tfjs-core';
import type { VersionRecord } from '../../models/model';
import type { RunningNetwork } from './exporter';

/** Weights in the network that trains and serves here, on the engine that is current. */
export async function openClassifier(
  architecture: Architecture,
  weights: WeightsSource,
  { labels, preprocessing }: Pick<VersionRecord, 'labels' | 'preprocessing'>,
): Promise<RunningNetwork> {
  const { imageSize } = preprocessing;
  const classifier = new Classifier(architecture, {
    classes: labels.length,
    imageSize,
    blank: true,
  });
  try {
    await classifier.load(weights, { replaceHead: false });
  } catch (error) {
    classifier.dispose();
    throw error;
  }
  return {
    runtime: tensorFlowRuntime(),
    run: (images, batch) =>
      tensorFlowLogits(() =>
        classifier.predict(tf.tensor4d(images, [batch, imageSize, imageSize, 3])),
      ),
    close: async () => classifier.dispose(),
  };
}

/** Runs a network on TensorFlow.js and frees all but its logits. */
export async function tensorFlowLogits(run: () => tf.Tensor): Promise<Float32Array> {
  const logits = tf.tidy(run);
  try {
    return Float32Array.from(await logits.data<'float32'>());
  } finally {
    logits.dispose();
  }
}

export function tensorFlowRuntime(): string {
  return `TensorFlow.js ${tf.version_core} (${tf.getBackend()})`;
}

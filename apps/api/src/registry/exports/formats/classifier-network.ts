import { type Architecture, Classifier, type WeightsSource } from '@coatrack/models';
import * as tf from '@tensorflow/tfjs-core';
import type { VersionRecord } from '../../models/model';
import type { RunningNetwork } from './exporter';

/** Loads weights into the network that also trains and serves, on the current engine. */
export async function openClassifier(
  architecture: Architecture,
  weights: WeightsSource,
  version: Pick<VersionRecord, 'labels' | 'preprocessing'>,
): Promise<RunningNetwork> {
  const { imageSize } = version.preprocessing;
  const classifier = await loadClassifier(architecture, weights, version);
  return tensorFlowNetwork({
    imageSize,
    predict: (images) => classifier.predict(images),
    dispose: () => classifier.dispose(),
  });
}

/** Makes a classifier with a version's weights; dispose of it afterwards. */
export async function loadClassifier(
  architecture: Architecture,
  weights: WeightsSource,
  { labels, preprocessing }: Pick<VersionRecord, 'labels' | 'preprocessing'>,
): Promise<Classifier> {
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
  return classifier;
}

/** Wraps a TensorFlow.js network so that a run keeps only its logits. */
export function tensorFlowNetwork({
  imageSize,
  predict,
  dispose,
}: {
  imageSize: number;
  predict(images: tf.Tensor4D): tf.Tensor;
  dispose(): void;
}): RunningNetwork {
  return {
    runtime: `TensorFlow.js ${tf.version_core} (${tf.getBackend()})`,
    run: async (images, batch) => {
      const shape: [number, number, number, number] = [batch, imageSize, imageSize, 3];
      const logits = tf.tidy(() => predict(tf.tensor4d(images, shape)));
      try {
        return Float32Array.from(await logits.data<'float32'>());
      } finally {
        logits.dispose();
      }
    },
    close: async () => dispose(),
  };
}

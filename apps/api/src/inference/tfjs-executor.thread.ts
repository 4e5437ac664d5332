import { workerData } from 'node:worker_threads';
import { selectEngine } from '@coatrack/kernels';
import { Classifier, findArchitecture, openSafetensors } from '@coatrack/models';
import * as tf from '@tensorflow/tfjs-core';
import type { ServableModel } from './executor';
import { type LoadedNetwork, serveInference } from './inference-thread';
import type { TfjsThreadOptions } from './thread-protocol';

async function load(model: ServableModel): Promise<LoadedNetwork> {
  const { imageSize } = model.preprocessing;
  const file = await openSafetensors(model.path);
  const classifier = new Classifier(findArchitecture(model.architecture), {
    classes: model.classes,
    imageSize,
    blank: true,
  });
  try {
    await classifier.load(file, { replaceHead: false });
  } catch (error) {
    classifier.dispose();
    throw error;
  } finally {
    await file.close();
  }
  return {
    async infer(pixels) {
      const probabilities = tf.tidy(() =>
        tf.softmax(classifier.predict(tf.tensor4d(pixels, [1, imageSize, imageSize, 3]))),
      );
      try {
        return Float32Array.from(await probabilities.data<'float32'>());
      } finally {
        probabilities.dispose();
      }
    },
    dispose: () => classifier.dispose(),
  };
}

const { engine } = workerData as TfjsThreadOptions;
serveInference(
  selectEngine(engine).then(({ description }) => description),
  load,
);

import { workerData } from 'node:worker_threads';
import { type Engine, selectEngine } from '@coatrack/kernels';
import { Classifier, findArchitecture, openSafetensors } from '@coatrack/models';
import * as tf from '@tensorflow/tfjs-core';
import { serveNetwork } from './engine-thread';
import type { TfjsThreadOptions } from './thread-protocol';

const { model, engine: wanted, nativeOnly } = workerData as TfjsThreadOptions;
const { imageSize } = model.preprocessing;

serveNetwork(model, async () => {
  const engine = await chooseEngine();
  const classifier = await loadClassifier();
  return {
    facts: {
      executor: engine.description,
      layout: 'NHWC',
      values: 'logits',
      givesFeatures: true,
    },
    async run(images, batch, { features: wantsFeatures }) {
      const results = tf.tidy(() => {
        const input = tf.tensor4d(images, [batch, imageSize, imageSize, 3]);
        if (!wantsFeatures) return [classifier.predict(input)];
        const { logits, features } = classifier.predictWithFeatures(input);
        return [logits, features];
      });
      try {
        const [outputs, features] = await Promise.all(results.map(valuesOf));
        return { outputs: outputs!, ...(features ? { features } : {}) };
      } finally {
        tf.dispose(results);
      }
    },
    dispose: () => classifier.dispose(),
  };
});

async function chooseEngine(): Promise<Engine> {
  const engine = await selectEngine(wanted);
  if (nativeOnly && engine.name === 'wasm') {
    throw new Error('TensorFlow.js has no native engine here, only WebAssembly');
  }
  return engine;
}

async function loadClassifier(): Promise<Classifier> {
  const { architecture, classes, path } = model;
  const file = await openSafetensors(path);
  try {
    const options = { classes, imageSize, blank: true };
    const classifier = new Classifier(findArchitecture(architecture), options);
    await classifier.load(file, { replaceHead: false });
    return classifier;
  } finally {
    await file.close();
  }
}

/** Copies a tensor's values: the engine may return its own memory, which must not be transferred to another thread. */
async function valuesOf(tensor: tf.Tensor): Promise<Float32Array> {
  return Float32Array.from(await tensor.data<'float32'>());
}

import { parentPort, workerData } from 'node:worker_threads';
import { selectEngine } from '@coatrack/kernels';
import { Classifier, findArchitecture, openSafetensors } from '@coatrack/models';
import { PictureError, preprocess } from '@coatrack/training';
import * as tf from '@tensorflow/tfjs-core';
import type { Inference, ServableModel } from './executor';
import { RecentlyUsed } from './recently-used';
import type { ThreadFailure, ThreadOptions, ThreadReply, ThreadRequest } from './tfjs-protocol';

/** Classifiers held in memory at once. */
const loadedLimit = 4;

const loaded = new RecentlyUsed<Classifier>(loadedLimit, (classifier) => classifier.dispose());

/** The engine works on one thing at a time; this is the last of what it was given. */
let engineWork: Promise<unknown> = Promise.resolve();

function reply(message: ThreadReply, transfer: ArrayBuffer[] = []): void {
  parentPort!.postMessage(message, transfer);
}

async function load(model: ServableModel): Promise<Classifier> {
  const held = loaded.get(model.key);
  if (held) return held;
  const file = await openSafetensors(model.weightsPath);
  const classifier = new Classifier(findArchitecture(model.architecture), {
    classes: model.classes,
    imageSize: model.preprocessing.imageSize,
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
  loaded.add(model.key, classifier);
  return classifier;
}

/** @param pixels [height, width, 3], normalised */
async function infer(model: ServableModel, pixels: Float32Array): Promise<Float32Array> {
  const classifier = await load(model);
  const size = model.preprocessing.imageSize;
  const probabilities = tf.tidy(() =>
    tf.softmax(classifier.predict(tf.tensor4d(pixels, [1, size, size, 3]))),
  );
  try {
    return Float32Array.from(await probabilities.data<'float32'>());
  } finally {
    probabilities.dispose();
  }
}

async function classify({ model, picture }: ThreadRequest): Promise<Inference> {
  const started = performance.now();
  const pixels = await preprocess(picture, model.preprocessing);
  const decodeMs = performance.now() - started;
  const work = engineWork.then(async () => {
    const begun = performance.now();
    const probabilities = await infer(model, pixels);
    return { probabilities, decodeMs, inferenceMs: performance.now() - begun };
  });
  engineWork = work.catch(() => undefined);
  return work;
}

function describe(error: NodeJS.ErrnoException): ThreadFailure {
  // The system's own messages name paths of this machine.
  const message = error.syscall ? `a file could not be read (${error.code})` : error.message;
  return { picture: error instanceof PictureError, message };
}

const engine = selectEngine((workerData as ThreadOptions).engine);
engine.then(({ description }) => reply({ type: 'ready', engine: description }));

// Listens from the start: until the engine stands, nothing else may keep the thread alive.
parentPort!.on('message', (request: ThreadRequest) => {
  engine
    .then(() => classify(request))
    .then(
      (inference) =>
        reply({ type: 'done', id: request.id, inference }, [
          inference.probabilities.buffer as ArrayBuffer,
        ]),
      (error: Error) => reply({ type: 'failed', id: request.id, failure: describe(error) }),
    );
});

import { workerData } from 'node:worker_threads';
import { readOnnxClassifier } from '@coatrack/models';
import type { ServableModel } from './executor';
import { GraphCache } from './graph-cache';
import { type LoadedNetwork, serveInference } from './inference-thread';
import { onnxRuntime, openOnnx } from './onnx-network';
import { softmax } from './softmax';
import type { OnnxThreadOptions } from './thread-protocol';

const { threads, cacheFolder } = workerData as OnnxThreadOptions;
const graphs = new GraphCache(cacheFolder);

async function load(model: ServableModel): Promise<LoadedNetwork> {
  const path = model.format === 'onnx' ? model.path : await graphs.path(model);
  const classifier = await readOnnxClassifier(path);
  const network = await openOnnx(path, classifier, threads);
  // A graph that is for several pictures at once is shown one, and nothing in the other places.
  const batch = classifier.batch ?? 1;
  return {
    async infer(pixels) {
      const images = new Float32Array(batch * pixels.length);
      images.set(pixels);
      const values = (await network.run(images, batch)).slice(0, model.classes);
      return classifier.output.values === 'logits' ? softmax(values) : values;
    },
    dispose: () => void network.close(),
  };
}

serveInference(Promise.resolve(onnxRuntime), load);

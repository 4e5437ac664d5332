import { workerData } from 'node:worker_threads';
import { readOnnxClassifier } from '@coatrack/models';
import { GraphCache } from './graph-cache';
import { onnxRuntime, openOnnx } from '../../platform/onnx-runtime/onnx-network';
import { serveNetwork } from './engine-thread';
import type { OnnxThreadOptions } from './thread-protocol';

const { model, graphs, ...options } = workerData as OnnxThreadOptions;

serveNetwork(model, async () => {
  const path = model.format === 'onnx' ? model.path : await new GraphCache(graphs).path(model);
  const classifier = await readOnnxClassifier(path);
  const network = await openOnnx(path, classifier, options);
  return {
    facts: {
      executor: onnxRuntime(network.provider),
      layout: classifier.input.layout,
      values: classifier.output.values,
      givesFeatures: classifier.features !== null,
    },
    run: network.run,
    dispose: network.close,
  };
});

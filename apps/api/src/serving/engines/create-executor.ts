import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../../config';
import { AutoExecutor } from './auto-executor';
import type { Executor } from './executor';
import { OnnxExecutor, type OnnxOptions } from './onnx-executor';
import { providerChains } from '../../platform/onnx-runtime/onnx-providers';
import { TfjsExecutor } from './tfjs-executor';

/** Each holds the weights once more. */
const mostInstances = 4;

export function createExecutor({
  engine,
  executor,
  dataFolder,
  serving,
  storage,
}: Config): Executor {
  const onnx = new OnnxExecutor({
    ...onnxOptions(serving),
    graphs: {
      folder: join(dataFolder, 'cache', 'graphs'),
      maxBytes: storage.graphCache,
      reserve: storage.reserve,
    },
  });
  // WebAssembly is always slower than ONNX Runtime: it is used only on request.
  const tfjs = new TfjsExecutor({
    engine,
    nativeOnly: executor === 'auto',
    instances: serving.instances ?? 1,
  });
  return new AutoExecutor(
    { name: 'ONNX Runtime', executor: onnx },
    { name: 'TensorFlow.js', executor: tfjs },
    executor,
  );
}

/**
 * Batches side by side on a share of the cores each do more than one after another on all of them: threads that share a
 * batch wait for each other at every step, the longer the more else the machine does. An image that comes alone would be
 * slow on a share. A GPU has its parallelism within a batch.
 */
export function onnxOptions({
  instances,
  threads,
  onnxProvider,
}: Pick<Config['serving'], 'instances' | 'threads' | 'onnxProvider'>): Omit<OnnxOptions, 'graphs'> {
  const cores = availableParallelism();
  const providers = providerChains(onnxProvider);
  const onGpu = providers[0]![0] !== 'cpu';
  const chosen = instances !== undefined || threads !== undefined || onGpu;
  const sideBySide = instances ?? (chosen ? 1 : Math.min(mostInstances, cores));
  return {
    providers,
    instances: sideBySide,
    threads: threads ?? Math.max(1, Math.floor(cores / sideBySide)),
    loneThreads: chosen || sideBySide === 1 ? undefined : cores,
  };
}

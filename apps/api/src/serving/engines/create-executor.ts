import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../../config';
import { AutoExecutor } from './auto-executor';
import type { Executor } from './executor';
import { OnnxExecutor, type OnnxOptions } from './onnx-executor';
import { providerChains } from '../../platform/onnx-runtime/onnx-providers';
import { TfjsExecutor } from './tfjs-executor';

/** Limit on instances: each holds its own copy of the weights. */
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
 * Returns how ONNX Runtime uses the machine. Concurrent batches on a share of the cores each achieve more than one batch
 * after another on all cores: threads that share a batch wait for each other at every step, and longer on a busy machine.
 * A lone image would be slow on a share of the cores, so it gets a replica with all of them. A GPU parallelises within a
 * batch and needs one instance.
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

import { join } from 'node:path';
import { availableEngines } from '@coatrack/kernels';
import { Logger } from '@nestjs/common';
import type { Config } from '../config';
import type { Executor } from './executor';
import { OnnxExecutor } from './onnx-executor';
import { RoutingExecutor } from './routing-executor';
import { TfjsExecutor } from './tfjs-executor';

export function createExecutor(config: Config): Executor {
  const { engine, executor, inferenceThreads: threads, dataFolder } = config;
  const cacheFolder = join(dataFolder, 'cache', 'graphs');
  return new RoutingExecutor(
    new OnnxExecutor({ cacheFolder, ...(threads === undefined ? {} : { threads }) }),
    new TfjsExecutor({ engine }),
    async () => (executor === 'auto' ? !(await onGpu(engine)) : executor === 'onnxruntime'),
  );
}

/** On a processor ONNX Runtime is several times as fast as TensorFlow.js; it has no GPU here. */
async function onGpu(engine: Config['engine']): Promise<boolean> {
  // Looking for libtorch loads it: not for an engine that is known to run on the processor.
  if (engine === 'wasm') return false;
  try {
    return (await availableEngines()).some(
      ({ name, device }) => device === 'cuda' && (engine === 'auto' || engine === name),
    );
  } catch (error) {
    new Logger('Inference').warn(`No GPU is looked for: ${(error as Error).message}`);
    return false;
  }
}

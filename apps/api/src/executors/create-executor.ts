import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../config';
import { AutoExecutor } from './auto-executor';
import type { Executor } from './executor';
import { OnnxExecutor } from './onnx-executor';
import { TfjsExecutor } from './tfjs-executor';

export function createExecutor({ engine, executor, dataFolder, serving }: Config): Executor {
  const cores = Math.max(1, Math.floor(availableParallelism() / serving.instances));
  const onnx = new OnnxExecutor({
    threads: serving.threads ?? cores,
    cacheFolder: join(dataFolder, 'cache', 'graphs'),
  });
  // Against ONNX Runtime WebAssembly always loses: only who asks for it gets it.
  const tfjs = new TfjsExecutor({ engine, nativeOnly: executor === 'auto' });
  return new AutoExecutor(
    { name: 'ONNX Runtime', executor: onnx },
    { name: 'TensorFlow.js', executor: tfjs },
    executor,
  );
}

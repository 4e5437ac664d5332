import * as tf from '@tensorflow/tfjs-core';
import { type Engine, type EngineProvider, EngineUnavailableError } from '../engine';
import { threadCount } from '../settings';
import { WasmContext } from './context';
import { registerKernels } from './register-kernels';
import { startTfjsModule } from './tfjs-module';
import { CONSTANTS_BYTES, ThreadPool } from './thread-pool';

/** Maximum number of threads; more would wait for memory and for each other. */
const MAXIMUM_THREADS = 8;

let starting: Promise<ThreadPool> | undefined;

async function startOnce(): Promise<ThreadPool> {
  const { backend, module, memory } = await startTfjsModule();
  const pool = new ThreadPool(
    memory,
    module._malloc(CONSTANTS_BYTES),
    threadCount(MAXIMUM_THREADS),
  );
  registerKernels(new WasmContext(backend, module, memory, pool));
  return pool;
}

/** WebAssembly: tfjs-backend-wasm with kernels of our own, on all processor cores. Runs wherever Node does. */
export const wasmEngine: EngineProvider = {
  name: 'wasm',
  probe: async () => ({ available: true, device: 'cpu' }),
  start: async (): Promise<Engine> => {
    const pool = await (starting ??= startOnce());
    if (!(await tf.setBackend('wasm'))) {
      throw new EngineUnavailableError(
        'wasm',
        "TensorFlow.js's WebAssembly module failed to start",
      );
    }
    const threads = pool.threads === 1 ? 'one thread' : `${pool.threads} threads`;
    return { name: 'wasm', device: 'cpu', description: `WebAssembly (SIMD), ${threads}` };
  },
};

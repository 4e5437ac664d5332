import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { BackendWasm, setThreadsCount } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { EngineMemoryError } from '../engine';
import { compiledFile } from './compiled-file';

/** WebAssembly's page size. */
const PAGE_BYTES = 65536;
const INITIAL_PAGES = 256;
/** 4 GiB, the limit of 32-bit addresses. The memory grows up to it as needed. */
const MAXIMUM_PAGES = 65536;

/** The part of tfjs-backend-wasm's Emscripten module that is used. */
export interface TfjsModule {
  _malloc(bytes: number): number;
  _free(pointer: number): void;
  cwrap(name: string, result: string | null, args: string[]): (...args: number[]) => number;
  tfjs: Record<string, (...args: number[]) => number>;
}

const requireHere = createRequire(__filename);

type Factory = (options: object) => Promise<TfjsModule>;

/**
 * Starts tfjs-backend-wasm's shared-memory build, which the package cannot start under Node itself, and makes it
 * TensorFlow.js's 'wasm' backend. It provides memory that threads can share; its own thread pool is not used.
 */
export async function startTfjsModule(): Promise<{
  backend: BackendWasm;
  module: TfjsModule;
  memory: WebAssembly.Memory;
}> {
  const folder = join(dirname(requireHere.resolve('@tensorflow/tfjs-backend-wasm')), '../wasm-out');
  const factory: Factory = requireHere(join(folder, 'tfjs-backend-wasm-threaded-simd.js'));
  const memory = new WebAssembly.Memory({
    initial: INITIAL_PAGES,
    maximum: MAXIMUM_PAGES,
    shared: true,
  });
  const module = await withoutProcessListeners(() =>
    factory({
      wasmMemory: memory,
      INITIAL_MEMORY: INITIAL_PAGES * PAGE_BYTES,
      mainScriptUrlOrBlob: join(folder, 'tfjs-backend-wasm-threaded-simd.js'),
      locateFile: (file: string) =>
        file.endsWith('.worker.js') ? compiledFile('idle-worker.js') : join(folder, file),
    }),
  );
  failOnExhaustedMemory(module);
  const wrap = (name: string, args: number) =>
    module.cwrap(name, null, Array<string>(args).fill('number'));
  module.tfjs = {
    init: wrap('init', 0),
    initWithThreadsCount: wrap('init_with_threads_count', 1),
    getThreadsCount: module.cwrap('get_threads_count', 'number', []),
    registerTensor: wrap('register_tensor', 3),
    disposeData: wrap('dispose_data', 1),
    dispose: wrap('dispose', 0),
  };
  setThreadsCount(1);
  const backend = new BackendWasm(module as never);
  tf.removeBackend('wasm');
  tf.registerBackend('wasm', () => backend);
  return { backend, module, memory };
}

/** Makes a failed allocation throw, as tfjs-backend-wasm does not check and would overwrite the data at address 0. */
function failOnExhaustedMemory(module: TfjsModule): void {
  // Emscripten's stub replaces itself with the real function on the first call.
  module._free(module._malloc(1));
  const allocate = module._malloc;
  module._malloc = (bytes) => {
    const pointer = bytes < MAXIMUM_PAGES * PAGE_BYTES ? allocate(bytes) : 0;
    if (pointer === 0) throw new EngineMemoryError('wasm', 'it can address 4 GiB');
    return pointer;
  };
}

/** Removes the process-wide handlers that Emscripten installs, as they rethrow errors that other code should handle. */
async function withoutProcessListeners<T>(start: () => Promise<T>): Promise<T> {
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const before = new Map(events.map((event) => [event, process.rawListeners(event)]));
  const started = await start();
  for (const event of events) {
    for (const listener of process.rawListeners(event)) {
      if (!before.get(event)!.includes(listener)) {
        process.removeListener(event, listener as (...args: unknown[]) => void);
      }
    }
  }
  return started;
}

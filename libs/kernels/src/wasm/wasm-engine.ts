import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { type EngineProvider, EngineUnavailableError } from '../engine';

/** WebAssembly: runs wherever Node does. */
export const wasmEngine: EngineProvider = {
  name: 'wasm',
  probe: async () => ({ available: true, device: 'cpu' }),
  start: async () => {
    if (!(await tf.setBackend('wasm'))) {
      throw new EngineUnavailableError('wasm', "TensorFlow.js's WebAssembly module did not start");
    }
    return { name: 'wasm', device: 'cpu', description: 'WebAssembly (SIMD), one thread' };
  },
};

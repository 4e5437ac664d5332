import { parentPort } from 'node:worker_threads';

// Replaces the worker that tfjs-backend-wasm's thread pool starts: reports itself loaded when asked, and ends. It must not
// report earlier, as the pool only listens once its module is compiled and would wait forever for a missed message.
parentPort!.once('message', () => parentPort!.postMessage({ cmd: 'loaded' }));

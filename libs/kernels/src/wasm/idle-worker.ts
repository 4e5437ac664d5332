import { parentPort } from 'node:worker_threads';

// Stands in for the worker that tfjs-backend-wasm's thread pool starts: reports for duty when called, and ends. Not
// before: the pool listens only once its module is compiled, and a report that nobody hears would stop the start.
parentPort!.once('message', () => parentPort!.postMessage({ cmd: 'loaded' }));

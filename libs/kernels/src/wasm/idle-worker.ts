import { parentPort } from 'node:worker_threads';

// Stands in for the worker that tfjs-backend-wasm's thread pool starts: reports for duty and ends.
parentPort!.postMessage({ cmd: 'loaded' });

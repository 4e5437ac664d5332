/**
 * Threads that load the torch engine and end, by themselves or terminated with tensors left behind, while another computes.
 * Prints, as JSON, the bytes of CPU tensors in the process with the main thread's own alone, and after the threads.
 */
import console from 'node:console';
import { createRequire } from 'node:module';
import process from 'node:process';
import { setInterval } from 'node:timers';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { selectEngine } from '@coatrack/kernels';
import * as tf from '@tensorflow/tfjs-core';

const require = createRequire(import.meta.url);
const { torchMemory } = require('../../libs/kernels/dist/torch/index.js');
const rounds = 2000;

await selectEngine('torch');
const kept = tf.fill([1 << 20], 3);

function compute(seed) {
  for (let round = 0; round < rounds; round++) {
    const width = 1 + ((round * seed) % 13);
    const values = tf.tidy(() =>
      tf.add(tf.fill([3, width], seed), tf.slice(kept, [0], [1])).dataSync(),
    );
    if (values.length !== 3 * width || values.some((value) => value !== seed + 3)) {
      throw new Error(`thread ${seed} read another thread's tensor`);
    }
  }
}

function runThread(seed, terminated) {
  const thread = new Worker(fileURLToPath(import.meta.url), { workerData: { seed, terminated } });
  return new Promise((resolve, reject) => {
    thread.once('message', () => terminated && thread.terminate());
    thread.once('error', reject).once('exit', resolve);
  });
}

if (isMainThread) {
  const before = torchMemory();
  for (let time = 0; time < 3; time++) {
    const ends = [runThread(1 + 2 * time, false), runThread(2 + 2 * time, true)];
    compute(100 + time);
    await Promise.all(ends);
  }
  const after = torchMemory();
  console.log(JSON.stringify({ before, after }));
  process.exit(0);
} else {
  compute(workerData.seed);
  parentPort.postMessage('done');
  if (workerData.terminated) setInterval(() => undefined, 1000);
}

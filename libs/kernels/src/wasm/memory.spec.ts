import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { selectEngine } from '../select-engine';

beforeAll(async () => {
  await selectEngine('wasm');
});

describe('memory', () => {
  it('training leaves no tensor behind and reuses the heap', async () => {
    await tf.setBackend('wasm');
    const step = () =>
      tf.tidy(() => {
        const x = tf.ones([8, 16, 16, 8]) as tf.Tensor4D;
        const convolve = (f: tf.Tensor) => tf.conv2d(x, f as tf.Tensor4D, 1, 'same');
        tf.grad(convolve)(tf.ones([3, 3, 8, 32])).dataSync();
      });
    step();
    const before = tf.memory().numTensors;
    const heap = heapBytes();
    for (let i = 0; i < 30; i++) step();
    expect(tf.memory().numTensors).toBe(before);
    expect(heapBytes()).toBe(heap);
  });
});

describe('exhausted memory', () => {
  it('is a clear error, after which the engine still works', async () => {
    await tf.setBackend('wasm');
    const backend = tf.backend() as BackendWasm;
    const held: tf.TensorInfo[] = [];
    const takeAll = () => {
      for (let i = 0; i < 8; i++) held.push(backend.makeOutput([2 ** 28], 'float32'));
    };
    expect(takeAll).toThrow(/wasm engine is out of memory.*smaller batch/);
    expect(() => backend.makeOutput([2 ** 31], 'float32')).toThrow(/out of memory/);
    held.forEach(({ dataId }) => backend.disposeData(dataId));
    const sum = tf.tidy(() => tf.sum(tf.ones([100, 100])).dataSync()[0]);
    expect(sum).toBe(10_000);
  });
});

function heapBytes(): number {
  return (tf.backend() as unknown as { wasm: { HEAPU8: Uint8Array } }).wasm.HEAPU8.length;
}

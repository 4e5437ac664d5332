import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';

/** Runs the same computation on TensorFlow.js's reference backend and here, and compares every value. */
export async function expectReference(compute: () => tf.Tensor | tf.Tensor[], tolerance = 2e-5) {
  const results: tf.Tensor[][] = [];
  for (const backend of ['cpu', 'wasm']) {
    await tf.setBackend(backend);
    results.push([tf.tidy(compute)].flat());
  }
  const [expected, actual] = results;
  expected!.forEach((tensor, i) => {
    expect(actual![i]!.shape).toEqual(tensor.shape);
    const [wanted, got] = [tensor.dataSync(), actual![i]!.dataSync()];
    const scale = Math.max(1, ...Array.from(wanted, Math.abs));
    let worst = 0;
    for (let j = 0; j < wanted.length; j++) {
      worst = Math.max(worst, Math.abs(wanted[j]! - got[j]!) / scale);
      if (Number.isNaN(got[j]!)) worst = NaN;
    }
    expect(worst).toBeLessThan(tolerance);
  });
  tf.dispose(results);
}

export const random = (shape: number[], seed: number) =>
  tf.randomNormal(shape, 0, 1, 'float32', seed);

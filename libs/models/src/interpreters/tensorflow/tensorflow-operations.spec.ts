import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { inference, TensorFlowOperations } from './tensorflow-operations';

beforeAll(() => tf.setBackend('cpu'));

describe('stochastic depth', () => {
  it('drops whole images, more of them in deeper blocks, and keeps the expectation', () => {
    const operations = new TensorFlowOperations(new Map(), { ...inference, dropPathRate: 0.5 });
    const images = 4000;
    for (const depth of [0, 0.5, 1]) {
      const x = operations.dropPath(tf.ones([images, 1, 1, 3]), depth, 'block');
      const values = x.dataSync();
      const kept = 1 - 0.5 * depth;
      let survivors = 0;
      for (let image = 0; image < images; image++) {
        const [a, b, c] = values.subarray(image * 3);
        expect([a, a]).toEqual([b, c]);
        if (a !== 0) expect(a).toBeCloseTo(1 / kept, 5);
        survivors += a === 0 ? 0 : 1;
      }
      expect(Math.abs(survivors / images - kept)).toBeLessThan(0.03);
    }
  });
});

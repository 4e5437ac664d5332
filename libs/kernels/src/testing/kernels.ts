import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';

export type Vector = Float64Array;

export function random(count: number, seed: number, centre = 0): Vector {
  const values = tf.tidy(() => tf.randomNormal([count], centre, 1, 'float32', seed).dataSync());
  return Float64Array.from(values);
}

export function expectClose(actual: tf.TensorInfo, expected: Vector, tolerance = 1e-5) {
  const values = tf.engine().readSync(actual.dataId) as Float32Array;
  expect(values.length).toBe(expected.length);
  const scale = Math.max(1, ...expected.map(Math.abs));
  const errors = expected.map((value, i) => Math.abs(value - values[i]!) / scale);
  expect(
    errors.reduce((worst, error) => (error > worst || Number.isNaN(error) ? error : worst), 0),
  ).toBeLessThan(tolerance);
}

export function run(name: string, inputs: Record<string, tf.TensorInfo>, attrs: object = {}) {
  const outputs = tf.engine().runKernel(name, inputs as never, attrs as never);
  return [outputs].flat() as tf.Tensor[];
}

export const tensor = (values: Vector, shape: number[]) =>
  tf.tensor(Float32Array.from(values), shape);

// eslint-disable-next-line @nx/enforce-module-boundaries -- a test chooses its engine
import { selectEngine } from '@coatrack/kernels';
import type { Parameter, TensorSpec } from '@coatrack/models';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { recipeSchema } from '../recipe';
import { clippingScale, globalNorm } from './clip';
import { createOptimizer } from './create-optimizer';
import { optimizerKernels } from './fused-kernels';

beforeAll(() => selectEngine('wasm'));

function parameterOf(name: string, values: number[], decay: boolean): Parameter {
  const shape = [values.length];
  const spec: TensorSpec = {
    ...{ name, shape, decay, role: 'parameter', layout: 'same', head: false },
    initializer: { kind: 'constant', value: 0 },
  };
  return { spec, variable: tf.variable(tf.tensor1d(values)) };
}

const recipe = recipeSchema.parse({ weightDecay: 0.1, momentum: 0.8 });
const gradientAt = (index: number, step: number) => Math.sin(index + 1) * (step % 3 === 0 ? -2 : 1);
const start = [1, -2, 0.5, 0];
const learningRate = 0.05;
const gradientScale = 0.5;

/** Five updates of a decayed and of an undecayed parameter. */
function run(optimizer: 'adamw' | 'sgd'): number[][] {
  const parameters = [parameterOf('w', start, true), parameterOf('b', start, false)];
  const tested = createOptimizer(parameters, { ...recipe, optimizer });
  const before = tf.memory().numTensors;
  for (let step = 1; step <= 5; step++) {
    tf.tidy(() => {
      const gradient = tf.tensor1d(start.map((_, index) => gradientAt(index, step)));
      const gradients = Object.fromEntries(
        parameters.map(({ variable }) => [variable.name, gradient]),
      );
      tested.apply(gradients, { step, learningRate, gradientScale });
    });
  }
  expect(tf.memory().numTensors).toBe(before);
  const values = parameters.map(({ variable }) => [...variable.dataSync()]);
  tested.dispose();
  tf.dispose(parameters.map(({ variable }) => variable));
  return values;
}

/** The same, number by number, as the papers write it. */
function expected(optimizer: 'adamw' | 'sgd', weightDecay: number): number[] {
  return start.map((value, index) => {
    let [first, second] = [0, 0];
    for (let step = 1; step <= 5; step++) {
      const gradient = gradientScale * gradientAt(index, step);
      if (optimizer === 'adamw') {
        first = 0.9 * first + 0.1 * gradient;
        second = 0.999 * second + 0.001 * gradient ** 2;
        const deviation = Math.sqrt(second / (1 - 0.999 ** step)) + 1e-8;
        value -= learningRate * weightDecay * value;
        value -= (learningRate * (first / (1 - 0.9 ** step))) / deviation;
      } else {
        const slope = gradient + weightDecay * value;
        first = 0.8 * first + slope;
        value -= learningRate * (slope + 0.8 * first);
      }
    }
    return value;
  });
}

describe.each([
  ['adamw', optimizerKernels.adamW],
  ['sgd', optimizerKernels.sgd],
] as const)('%s', (optimizer, name) => {
  const check = () => {
    const [weights, biases] = run(optimizer);
    expected(optimizer, 0.1).forEach((value, i) => expect(weights![i]).toBeCloseTo(value, 5));
    expected(optimizer, 0).forEach((value, i) => expect(biases![i]).toBeCloseTo(value, 5));
  };

  it('updates by its formula, decays what is to decay, and leaks nothing', check);

  it('does the same on an engine without the fused kernel', () => {
    const kernel = tf.getKernel(name, 'wasm');
    expect(kernel).toBeDefined();
    tf.unregisterKernel(name, 'wasm');
    try {
      check();
    } finally {
      tf.registerKernel(kernel);
    }
  });

  it('names its slots after the parameters', () => {
    const parameter = parameterOf('stem.weight', start, true);
    const created = createOptimizer([parameter], { ...recipe, optimizer });
    const slots = optimizer === 'adamw' ? ['first_moment', 'second_moment'] : ['velocity'];
    expect(created.slots.map(({ name }) => name)).toEqual(
      slots.map((slot) => `optimizer.${slot}.stem.weight`),
    );
    created.dispose();
    parameter.variable.dispose();
  });
});

describe('clipping', () => {
  it('scales by what the norm of all gradients together exceeds', () => {
    const gradients = { a: tf.tensor2d([[3, 0]]), b: tf.tensor1d([0, -4]) };
    const norm = tf.tidy(() => globalNorm(gradients).dataSync()[0]!);
    expect(norm).toBeCloseTo(5);
    expect([1, 10, 0].map((limit) => clippingScale(5, limit))).toEqual([0.2, 1, 1]);
    tf.dispose(gradients);
  });
});

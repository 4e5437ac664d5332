import { availableEngines, selectEngine } from '@coatrack/kernels';
import type { Parameter, TensorSpec } from '@coatrack/models';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Recipe, recipeSchema } from '../recipe/recipe';
import { createOptimizer } from './create-optimizer';
import { optimizerKernels } from '@coatrack/kernels/contracts';

// Test files run in parallel, and threads of one computation that wait for each other would starve, so each uses one thread.
process.env['COATRACK_THREADS'] = '1';
const present = (await availableEngines()).filter(({ available }) => available);

function parameterOf(name: string, values: number[], decay: boolean): Parameter {
  const shape = [values.length];
  const spec: TensorSpec = {
    name,
    shape,
    decay,
    role: 'parameter',
    layout: 'same',
    head: !decay,
    initializer: { kind: 'constant', value: 0 },
  };
  return { spec, variable: tf.variable(tf.tensor1d(values)) };
}

type Name = Recipe['optimizer'];
const recipeOf = (optimizer: Name): Recipe =>
  recipeSchema.parse({
    optimizer,
    weightDecay: 0.1,
    headFactor: 0.5,
    momentum: 0.8,
    rho: 0.7,
    epsilon: optimizer === 'rmsprop' ? 1e-3 : 1e-8,
  });
const gradientAt = (index: number, step: number) => Math.sin(index + 1) * (step % 3 === 0 ? -2 : 1);
const start = [1, -2, 0.5, 0];
const learningRate = 0.05;
/** Learning rate of the head, which is the undecayed parameter. */
const headRate = 0.5 * learningRate;
const clipNorm = 2;
/** Norm of the gradients, which two parameters have. */
const normAt = (step: number) =>
  Math.SQRT2 * Math.hypot(...start.map((_, index) => gradientAt(index, step)));

/** Runs five updates of one decayed and one undecayed parameter. */
function run(optimizer: Name): number[][] {
  const parameters = [parameterOf('w', start, true), parameterOf('b', start, false)];
  const clones = parameters.map(({ variable }) => tf.clone(variable));
  const tested = createOptimizer(parameters, recipeOf(optimizer));
  const before = tf.memory().numTensors;
  for (let step = 1; step <= 5; step++) {
    tf.tidy(() => {
      const gradient = tf.tensor1d(start.map((_, index) => gradientAt(index, step)));
      const gradients = Object.fromEntries(
        parameters.map(({ variable }) => [variable.name, gradient]),
      );
      const norm = tested.apply(gradients, { step, learningRate, clipNorm });
      expect(norm.dataSync()[0]).toBeCloseTo(normAt(step), 5);
    });
  }
  expect(tf.memory().numTensors).toBe(before);
  // Updates happen in place, but never in memory that others see.
  for (const clone of clones) expect([...clone.dataSync()]).toEqual(start);
  const values = parameters.map(({ variable }) => [...variable.dataSync()]);
  tested.dispose();
  tf.dispose([clones, parameters.map(({ variable }) => variable)]);
  return values;
}

/** Computes the same updates number by number, as the papers and TensorFlow's documentation define them. */
function expected(optimizer: Name, weightDecay: number, rate: number): number[] {
  return start.map((value, index) => {
    let [first, second] = [0, optimizer === 'rmsprop' ? 1 : 0];
    for (let step = 1; step <= 5; step++) {
      const gradient = Math.min(1, clipNorm / normAt(step)) * gradientAt(index, step);
      const slope = gradient + weightDecay * value;
      if (optimizer === 'adamw') {
        first = 0.9 * first + 0.1 * gradient;
        second = 0.999 * second + 0.001 * gradient ** 2;
        const deviation = Math.sqrt(second / (1 - 0.999 ** step)) + 1e-8;
        value -= rate * weightDecay * value;
        value -= (rate * (first / (1 - 0.9 ** step))) / deviation;
      } else if (optimizer === 'sgd') {
        first = 0.8 * first + slope;
        value -= rate * (slope + 0.8 * first);
      } else {
        second = 0.7 * second + 0.3 * slope ** 2;
        first = 0.8 * first + (rate * slope) / Math.sqrt(second + 1e-3);
        value -= first;
      }
    }
    return value;
  });
}

describe.each(present)('$name', ({ name: engine }) => {
  beforeAll(() => selectEngine(engine));

  describe.each([
    ['adamw', optimizerKernels.adamWStep],
    ['sgd', optimizerKernels.sgdStep],
    ['rmsprop', optimizerKernels.rmsPropStep],
  ] as const)('%s', (optimizer, name) => {
    const check = () => {
      const [weights, biases] = run(optimizer);
      expected(optimizer, 0.1, learningRate).forEach((value, i) =>
        expect(weights![i]).toBeCloseTo(value, 5),
      );
      expected(optimizer, 0, headRate).forEach((value, i) =>
        expect(biases![i]).toBeCloseTo(value, 5),
      );
    };

    it(
      'updates by its formula and rates, clips, decays what is to decay, and leaks nothing',
      check,
    );

    // TensorFlow's engine has no such kernels and already did without them above.
    it.skipIf(engine === 'tensorflow')('does the same without the fused kernel', () => {
      const kernel = tf.getKernel(name, engine);
      expect(kernel).toBeDefined();
      tf.unregisterKernel(name, engine);
      try {
        check();
      } finally {
        tf.registerKernel(kernel);
      }
    });
  });
});

it.each([
  ['adamw', ['first_moment', 'second_moment']],
  ['sgd', ['velocity']],
  ['rmsprop', ['mean_square', 'momentum']],
] as const)('%s names its slots after the parameters', (optimizer, slots) => {
  const parameter = parameterOf('stem.weight', start, true);
  const created = createOptimizer([parameter], recipeOf(optimizer));
  expect(created.slots.map(({ name }) => name)).toEqual(
    slots.map((slot) => `optimizer.${slot}.stem.weight`),
  );
  created.dispose();
  parameter.variable.dispose();
});

import { availableEngines, selectEngine } from '@coatrack/kernels';
import type { Parameter, TensorSpec } from '@coatrack/models';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { optimizerKernels } from '@coatrack/kernels/contracts';
import { WeightAverages } from './weight-averages';

// Test files run in parallel, and threads of one computation that wait for each other would starve, so each uses one thread.
process.env['COATRACK_THREADS'] = '1';
const present = (await availableEngines()).filter(({ available }) => available);
const kernelName = optimizerKernels.movingAverages;

describe.each(present)('WeightAverages on $name', ({ name: engine }) => {
  let weights: Parameter[];
  let averages: WeightAverages;
  let tensors: number;

  beforeEach(async () => {
    await selectEngine(engine);
    tensors = tf.memory().numTensors;
    weights = ['stem.weight', 'stem.bn.running_mean'].map((name) => ({
      spec: { name } as TensorSpec,
      variable: tf.tidy(() => tf.variable(tf.tensor1d([1, 2, -3]))),
    }));
    averages = new WeightAverages(weights, 0.5);
  });
  afterEach(() => {
    averages.dispose();
    tf.dispose(weights.map(({ variable }) => variable));
    expect(tf.memory().numTensors).toBe(tensors);
  });

  const weightsNow = () => weights.map(({ variable }) => [...variable.dataSync()]);
  const averagesNow = () => averages.slots.map(({ variable }) => [...variable.dataSync()]);
  /** Adds 1 to all weights, as an optimizer would. */
  const stepOn = () => {
    for (const { variable } of weights) tf.tidy(() => variable.assign(tf.add(variable, 1)));
  };

  /** Checks the formula: (1 + step) / (10 + step) reaches the decay, 1/2, in step 8. */
  function checkFormula(): void {
    let expected = 1;
    for (let step = 1; step <= 12; step++) {
      stepOn();
      averages.update(step);
      const decay = step < 8 ? (1 + step) / (10 + step) : 0.5;
      expected = decay * expected + (1 - decay) * (1 + step);
      for (const [first, second, third] of averagesNow()) {
        expect(first).toBeCloseTo(expected, 5);
        expect(second).toBeCloseTo(expected + 1, 5);
        expect(third).toBeCloseTo(expected - 4, 5);
      }
    }
    expect(tf.memory().numTensors).toBe(tensors + 4);
  }

  it('forgets as TensorFlow has it, faster in the beginning', checkFormula);

  // TensorFlow's engine has no such kernel and already did without it above.
  it.skipIf(engine === 'tensorflow')('does the same without the kernel', () => {
    const kernel = tf.getKernel(kernelName, engine);
    expect(kernel).toBeDefined();
    tf.unregisterKernel(kernelName, engine);
    try {
      checkFormula();
    } finally {
      tf.registerKernel(kernel);
    }
  });

  it('lends the averages to the weights, and takes them back whatever happens', async () => {
    stepOn();
    averages.update(1);
    const [trained, averaged] = [weightsNow(), averagesNow()];
    expect(await averages.during(async () => weightsNow())).toEqual(averaged);
    expect(weightsNow()).toEqual(trained);
    const failing = averages.during(() => Promise.reject(new Error('stopped')));
    await expect(failing).rejects.toThrow('stopped');
    expect(weightsNow()).toEqual(trained);
    averages.update(2);
    expect(weightsNow()).toEqual(trained);
    expect(averagesNow()).not.toEqual(averaged);
  });

  it('gives the averages to the weights for good', () => {
    stepOn();
    averages.update(1);
    const averaged = averagesNow();
    averages.replaceWeights();
    expect(weightsNow()).toEqual(averaged);
  });

  it('names its slots after the weights', () => {
    expect(averages.slots.map(({ name }) => name)).toEqual([
      'average.stem.weight',
      'average.stem.bn.running_mean',
    ]);
  });
});

/** What every engine must do alike; runs over all that are present. */
import { availableEngines, selectEngine } from '@coatrack/kernels';
import { Classifier, findArchitecture } from '@coatrack/models';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Case, convolutions, layers, unusual, values } from './gradient-cases';

// One thread: test files run side by side, and threads of one computation that wait for each other would starve.
process.env['COATRACK_THREADS'] = '1';
const present = (await availableEngines()).filter(({ available }) => available);
const cases = Object.entries({ ...convolutions, ...layers });

async function read(tensors: tf.Tensor[]): Promise<Float32Array[]> {
  const data = await Promise.all(tensors.map((tensor) => tensor.data()));
  tf.dispose(tensors);
  return data as Float32Array[];
}

/** Result and gradients of a case; the incoming gradient is as uneven as the inputs. */
function evaluate({ inputs, run }: Case): Promise<Float32Array[]> {
  const tensors = tf.tidy(() => {
    const xs = inputs.map((shape, index) => values(shape, index + 1));
    const y = run(...xs);
    return [y, ...tf.grads(run)(xs, values(y.shape, 99))];
  });
  return read(tensors);
}

/**
 * How fast a weighted sum of the results changes when one input moves along a direction, for each input: by its gradient
 * and by differences. These are of fourth order and their sums run in double precision, which leaves four digits.
 */
async function slopes({ inputs, run, step = 0.04 }: Case): Promise<[number, number][]> {
  const random = (seed: number) => inputs.map((shape, index) => values(shape, seed + index));
  const [xs, directions] = [random(1), random(51)];
  const weights = tf.tidy(() => values(run(...xs).shape, 99));
  const [factors] = await read([tf.clone(weights)]);
  const dot = (a: Float32Array, b: Float32Array) =>
    a.reduce((sum, value, index) => sum + value * b[index]!, 0);
  const gradients = await read(tf.grads(run)(xs, weights));
  const results: [number, number][] = [];
  for (const [index, direction] of directions.entries()) {
    const at = async (distance: number) => {
      const moved = tf.tidy(() => tf.add(xs[index]!, tf.mul(direction, distance)));
      const [y] = await read([tf.tidy(() => run(...xs.with(index, moved)))]);
      moved.dispose();
      return dot(y!, factors!);
    };
    const near = (await at(step)) - (await at(-step));
    const far = (await at(2 * step)) - (await at(-2 * step));
    const [along] = await read([tf.clone(direction)]);
    results.push([dot(gradients[index]!, along!), (8 * near - far) / (12 * step)]);
  }
  tf.dispose([xs, directions, weights]);
  return results;
}

/** The loss, all gradients and all running statistics of one reading of a whole network. */
async function evaluateNetwork(name: string): Promise<Map<string, Float32Array>> {
  const imageSize = 64;
  const classifier = new Classifier(findArchitecture(name), { classes: 5, imageSize, seed: 3 });
  const images = values([4, imageSize, imageSize, 3], 7) as tf.Tensor4D;
  const mode = { frozenBackbone: false, dropRate: 0, dropPathRate: 0, seed: 0 };
  const targets = values([4, 5], 8);
  const variables = classifier.parameters.map(({ variable }) => variable);
  const { value, grads } = tf.variableGrads(
    () => tf.sum(tf.mul(classifier.forward(images, mode), targets)) as tf.Scalar,
    variables,
  );
  const named = new Map([['the loss', (await value.data()) as Float32Array]]);
  for (const { spec, variable } of classifier.parameters) {
    named.set(spec.name, (await grads[variable.name]!.data()) as Float32Array);
  }
  for (const { spec, variable } of classifier.statistics) {
    named.set(spec.name, (await variable.data()) as Float32Array);
  }
  tf.dispose([images, targets, value, grads]);
  classifier.dispose();
  return named;
}

/** The largest difference, relative to the largest value, or to a value that counts as large in any case. */
function difference(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  atLeast = 1e-6,
): number {
  let [worst, largest] = [0, atLeast];
  for (let i = 0; i < expected.length; i++) {
    const far = Math.abs(actual[i]! - expected[i]!);
    worst = Number.isNaN(far) ? Infinity : Math.max(worst, far);
    largest = Math.max(largest, Math.abs(expected[i]!));
  }
  return worst / largest;
}

async function expectReference(engine: 'torch' | 'tensorflow' | 'wasm', oneCase: Case) {
  const actual = await evaluate(oneCase);
  await tf.setBackend('cpu');
  const expected = await evaluate(oneCase);
  await selectEngine(engine);
  expected.forEach((values, index) =>
    expect(difference(actual[index]!, values)).toBeLessThan(2e-6),
  );
}

describe.each(present.map(({ name }) => name))('the %s engine', (name) => {
  beforeEach(async () => {
    await selectEngine(name);
  });

  it.each(cases)('computes and differentiates as the reference does: %s', (_, oneCase) =>
    expectReference(name, oneCase),
  );

  it.each(cases)('differentiates as differences do: %s', async (_, oneCase) => {
    const before = tf.memory().numTensors;
    for (const [index, [actual, expected]] of (await slopes(oneCase)).entries()) {
      const far = Math.abs(actual - expected) / Math.max(1, Math.abs(expected));
      expect(far, `input ${index}: ${actual} for ${expected}`).toBeLessThan(2e-4);
    }
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe.skipIf(present.every(({ name }) => name !== 'torch'))('the torch engine', () => {
  beforeEach(async () => {
    await selectEngine('torch');
  });

  it.each(Object.entries(unusual))('matches the reference engine: %s', (_, oneCase) =>
    expectReference('torch', oneCase),
  );
});

describe.skipIf(present.length < 2)('engines over a whole network', () => {
  it.each(['efficientnetv2_b0', 'coatnet_0'])('agree: %s', async (network) => {
    await selectEngine('wasm');
    const expected = await evaluateNetwork(network);
    for (const { name } of present.filter(({ name }) => name !== 'wasm')) {
      await selectEngine(name);
      const actual = await evaluateNetwork(network);
      // Some gradients, such as that of an offset before another batch norm, are zero but for rounding.
      const far = [...expected]
        .map(([key, values]) => ({ name, key, far: difference(actual.get(key)!, values, 0.05) }))
        .filter(({ far }) => far > 2e-3);
      expect(far).toEqual([]);
    }
  });
});

import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { optimizerKernels } from './contracts';
import { availableEngines, selectEngine } from './select-engine';
import { expectClose, random, tensor, type Vector } from './testing/kernels';

// One thread: test files run in parallel, and threads of one computation that wait for each other would starve.
process.env['COATRACK_THREADS'] = '1';
const present = (await availableEngines()).filter(({ available }) => available);

/** A lone number, an odd count, a convolution's filter, and more than one thread's share. */
const shapes = [[1], [11], [3, 3, 4, 16], [300, 157]];
const weightDecay = [0, 0.2, 0.1, 0];
const learningRate = [0.1, 0.1, 0.02, 0];
const sizes = shapes.map((shape) => tf.util.sizeFromShape(shape));

/** Returns values for a list of tensors; those of the states are positive, like squares. */
const valuesOf = (list: number): Vector[] =>
  sizes.map((size, i) => random(size, 10 * list + i + 1).map(list > 1 ? Math.abs : Number));

/** Values of one element: of the parameter, its gradient and its states. */
type Elements = number[];

/** Reference steps by formula, per element, in float64. Each returns the new parameter and states. */
const steps = {
  AdamWStep: {
    states: 2,
    attrs: { beta1: 0.9, beta2: 0.99, epsilon: 1e-6, step: 3 },
    next: ([p, g, first, second]: Elements, decay: number, rate: number) => {
      const m = 0.9 * first! + 0.1 * g!;
      const v = 0.99 * second! + 0.01 * g! ** 2;
      const direction = m / (1 - 0.9 ** 3) / (Math.sqrt(v / (1 - 0.99 ** 3)) + 1e-6);
      return [p! * (1 - rate * decay) - rate * direction, m, v];
    },
  },
  SgdStep: {
    states: 1,
    attrs: { momentum: 0.9, nesterov: false },
    next: ([p, g, velocity]: Elements, decay: number, rate: number) => {
      const v = 0.9 * velocity! + g! + decay * p!;
      return [p! - rate * v, v];
    },
  },
  'SgdStep, Nesterov': {
    states: 1,
    attrs: { momentum: 0.9, nesterov: true },
    next: ([p, g, velocity]: Elements, decay: number, rate: number) => {
      const d = g! + decay * p!;
      const v = 0.9 * velocity! + d;
      return [p! - rate * (d + 0.9 * v), v];
    },
  },
  RmsPropStep: {
    states: 2,
    attrs: { rho: 0.8, momentum: 0.7, epsilon: 1e-3 },
    next: ([p, g, square, moved]: Elements, decay: number, rate: number) => {
      const d = g! + decay * p!;
      const s = 0.8 * square! + 0.2 * d ** 2;
      const m = 0.7 * moved! + (rate * d) / Math.sqrt(s + 1e-3);
      return [p! - m, s, m];
    },
  },
};

describe.each(present)('$name', ({ name: engine }) => {
  beforeAll(() => selectEngine(engine));
  const has = (kernel: string) => tf.getKernel(kernel, engine) !== undefined;

  /** Runs a kernel in place on lists of tensors and returns its output. */
  const run = (kernel: string, lists: tf.Tensor[][], attrs: object) =>
    tf.engine().runKernel(kernel, lists.flat() as never, attrs as never) as tf.Tensor;

  describe.each(Object.entries(steps))('%s', (title, { states, attrs, next }) => {
    const kernel = title.split(',')[0]!;

    // The norm of the gradients is about 220.
    it.each([0, 1000, 20])('clipped to %d', (clipNorm) => {
      if (!has(kernel)) return;
      const before = tf.memory().numTensors;
      const values = Array.from({ length: 2 + states }, (_, list) => valuesOf(list));
      const lists = values.map((list) => list.map((vector, i) => tensor(vector, shapes[i]!)));
      const norm = run(kernel, lists, { ...attrs, learningRate, clipNorm, weightDecay });
      expect(tf.memory().numTensors - before).toBe(lists.flat().length + 1);

      const expected = Math.hypot(...values[1]!.map((vector) => Math.hypot(...vector)));
      expectClose(norm, Float64Array.of(expected), 1e-6);
      const scale = clipNorm > 0 ? Math.min(1, clipNorm / expected) : 1;
      const written = lists.filter((_, list) => list !== 1);
      sizes.forEach((size, i) => {
        const results = written.map(() => new Float64Array(size));
        for (let at = 0; at < size; at++) {
          const elements = values.map((list, index) => list[i]![at]! * (index === 1 ? scale : 1));
          next(elements, weightDecay[i]!, learningRate[i]!).forEach(
            (value, list) => (results[list]![at] = value),
          );
        }
        written.forEach((list, index) => expectClose(list[i]!, results[index]!, 2e-6));
        expectClose(lists[1]![i]!, values[1]![i]!, 1e-7);
      });
      tf.dispose([lists, norm]);
      expect(tf.memory().numTensors).toBe(before);
    });
  });

  it('MovingAverages', () => {
    const kernel = optimizerKernels.movingAverages;
    if (!has(kernel)) return;
    const values = [valuesOf(0), valuesOf(1)];
    const lists = values.map((list) => list.map((vector, i) => tensor(vector, shapes[i]!)));
    run(kernel, lists, { decay: 0.9 });
    values[0]!.forEach((average, i) => {
      const expected = average.map((value, at) => 0.9 * value + 0.1 * values[1]![i]![at]!);
      expectClose(lists[0]![i]!, expected, 1e-6);
      expectClose(lists[1]![i]!, values[1]![i]!, 1e-7);
    });
    tf.dispose(lists);
  });

  it('the norm of gradients that are not finite is not finite', async () => {
    if (!has('SgdStep')) return;
    const lists = [
      [1, 2],
      [NaN, 1],
      [0, 0],
    ].map((list) => [tf.tensor1d(list)]);
    const attrs = { ...steps.SgdStep.attrs, learningRate: [0.1], clipNorm: 1, weightDecay: [0] };
    const norm = run('SgdStep', lists, attrs);
    expect((await norm.data())[0]).toBeNaN();
    tf.dispose([lists, norm]);
  });

  it('a filter is updated in the layout of its convolutions, and so are its reshaped views', () => {
    if (!has('SgdStep')) return;
    const filter = tf.randomNormal([1, 1, 5, 7], 0, 1, 'float32', 1) as tf.Tensor4D;
    const pixels = tf.randomNormal([1, 2, 2, 5], 0, 1, 'float32', 2) as tf.Tensor4D;
    const convolved = () => tf.conv2d(pixels, filter, 1, 'same').dataSync();
    const multiplied = () =>
      tf.matMul(tf.reshape(pixels, [4, 5]), tf.reshape(filter, [5, 7])).dataSync();
    tf.tidy(() => {
      const first = convolved();
      // Leaves a reshaped view behind if the engine keeps one.
      multiplied();
      // Has a different layout from the filter, as a transposition may return a view.
      const gradient = tf.transpose(tf.reshape(tf.range(1, 36), [1, 1, 7, 5]), [0, 1, 3, 2]);
      const lists = [[filter], [gradient], [tf.zeros([1, 1, 5, 7])]];
      const expected = tf.sub(filter, gradient).dataSync();
      run('SgdStep', lists, {
        learningRate: [1],
        momentum: 0,
        nesterov: false,
        clipNorm: 0,
        weightDecay: [0],
      });
      expectClose(filter, Float64Array.from(expected));
      const [second, product] = [convolved(), multiplied()];
      expect(second).not.toEqual(first);
      second.forEach((value, i) => expect(value).toBeCloseTo(product[i]!, 3));
    });
    tf.dispose([filter, pixels]);
  });
});

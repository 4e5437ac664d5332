import { selectEngine } from '@coatrack/kernels';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { variableGradients } from './variable-gradients';

beforeAll(() => selectEngine('wasm'));

describe('variableGradients', () => {
  const a = () => tf.variable(tf.tensor2d([1, -2, 3, 0.5], [2, 2]));
  const b = () => tf.variable(tf.tensor2d([0.3, 2, -1, 1], [2, 2]));
  let variables: tf.Variable[] = [];
  afterEach(() => tf.dispose(variables));

  /** Uses a twice, returns an incoming gradient unchanged (add), and hides a part from the result (unused). */
  const compute = ([x, y]: tf.Variable[]) => {
    const product = tf.matMul(x as tf.Tensor2D, y as tf.Tensor2D);
    const unused = tf.exp(y);
    const [top] = tf.split(tf.add(product, tf.tanh(x)), 2);
    return tf.addN([tf.sum(tf.square(top)), tf.mul(tf.sum(unused), 0)]) as tf.Scalar;
  };

  it('gives what tf.variableGrads gives', async () => {
    variables = [a(), b()];
    const ours = variableGradients(() => compute(variables), variables);
    const theirs = tf.variableGrads(() => compute(variables), variables);
    for (const { name } of variables) {
      const difference = tf.max(tf.abs(tf.sub(ours.grads[name]!, theirs.grads[name]!)));
      expect((await difference.data())[0]).toBeLessThan(1e-6);
    }
    expect(await ours.value.data()).toEqual(await theirs.value.data());
  });

  it('leaves the value and the gradients behind, and nothing else', () => {
    variables = [a(), b()];
    const before = tf.memory().numTensors;
    variableGradients(() => compute(variables), variables);
    expect(tf.memory().numTensors - before).toBe(3);
  });

  it('leaves out variables that the result does not depend on', () => {
    variables = [a(), b()];
    const { grads } = variableGradients(() => tf.sum(variables[0]!), variables);
    expect(Object.keys(grads)).toEqual([variables[0]!.name]);
  });

  it('frees what it saved when the computation fails', () => {
    variables = [a(), b()];
    const before = tf.memory().numTensors;
    const failing = () => {
      tf.square(variables[0]!);
      throw new Error('computation failed');
    };
    expect(() => variableGradients(failing, variables)).toThrow('computation failed');
    expect(tf.memory().numTensors).toBe(before);
    // A tape that stayed active would record and keep this operation.
    tf.dispose(tf.square(variables[0]!));
    expect(tf.memory().numTensors).toBe(before);
  });
});

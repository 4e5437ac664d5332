import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, it } from 'vitest';
import { selectEngine } from '../select-engine';
import { expectClose, random, run, tensor } from '../testing/kernels';

beforeAll(async () => {
  await selectEngine('wasm');
});

describe('optimizer updates', () => {
  const size = 11;

  it('AdamW', () => {
    tf.tidy(() => {
      const [parameter, gradient, first] = [1, 2, 3].map((seed) => random(size, seed));
      const second = random(size, 4).map(Math.abs);
      const attrs = {
        learningRate: 0.1,
        weightDecay: 0.2,
        beta1: 0.9,
        beta2: 0.99,
        epsilon: 1e-6,
        step: 3,
        gradientScale: 0.5,
      };
      const [newParameter, newFirst, newSecond] = run(
        'AdamWUpdate',
        {
          parameter: tensor(parameter!, [size]),
          gradient: tensor(gradient!, [size]),
          firstMoment: tensor(first!, [size]),
          secondMoment: tensor(second, [size]),
        },
        attrs,
      );
      const m = first!.map((value, i) => 0.9 * value + 0.1 * 0.5 * gradient![i]!);
      const v = second.map((value, i) => 0.99 * value + 0.01 * (0.5 * gradient![i]!) ** 2);
      expectClose(newFirst!, m, 1e-6);
      expectClose(newSecond!, v, 1e-6);
      const expected = parameter!.map(
        (value, i) =>
          value * (1 - 0.1 * 0.2) -
          ((0.1 / (1 - 0.9 ** 3)) * m[i]!) / (Math.sqrt(v[i]! / (1 - 0.99 ** 3)) + 1e-6),
      );
      expectClose(newParameter!, expected, 1e-6);
    });
  });

  it.each([true, false])('SGD with momentum, Nesterov %s', (nesterov) => {
    tf.tidy(() => {
      const [parameter, gradient, velocity] = [1, 2, 3].map((seed) => random(size, seed));
      const attrs = {
        learningRate: 0.1,
        weightDecay: 0.01,
        momentum: 0.9,
        nesterov,
        gradientScale: 2,
      };
      const [newParameter, newVelocity] = run(
        'SgdUpdate',
        {
          parameter: tensor(parameter!, [size]),
          gradient: tensor(gradient!, [size]),
          velocity: tensor(velocity!, [size]),
        },
        attrs,
      );
      const scaled = gradient!.map((value, i) => 2 * value + 0.01 * parameter![i]!);
      const v = velocity!.map((value, i) => 0.9 * value + scaled[i]!);
      expectClose(newVelocity!, v, 1e-6);
      const expected = parameter!.map(
        (value, i) => value - 0.1 * (nesterov ? scaled[i]! + 0.9 * v[i]! : v[i]!),
      );
      expectClose(newParameter!, expected, 1e-6);
    });
  });
});

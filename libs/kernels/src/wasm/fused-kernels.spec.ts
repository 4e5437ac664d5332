import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { selectEngine } from '../select-engine';
import { expectClose, random, run, tensor, type Vector } from '../testing/kernels';

// The references compute in float64 and their gradients by central differences.

beforeAll(async () => {
  await selectEngine('wasm');
});

type Activation = 'none' | 'silu' | 'gelu';

/** erf by the series of positive terms 2/√π·e^(−x²)·Σ 2ⁿx²ⁿ⁺¹/(1·3·…·(2n+1)), which loses nothing to cancellation. */
function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; n < 150; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

const activations: Record<Activation, (x: number) => number> = {
  none: (x) => x,
  silu: (x) => x / (1 + Math.exp(-x)),
  gelu: (x) => (x / 2) * (1 + erf(x / Math.SQRT2)),
};

function moments(values: number[]) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, variance };
}

const epsilon = 1e-3;

function batchNorm(x: Vector, scale: Vector, offset: Vector, activation: Activation): Vector {
  const channels = scale.length;
  const columns = Array.from({ length: channels }, (_, c) =>
    moments(Array.from(x).filter((_, i) => i % channels === c)),
  );
  return x.map((value, i) => {
    const { mean, variance } = columns[i % channels]!;
    const normal = (value - mean) / Math.sqrt(variance + epsilon);
    return activations[activation](normal * scale[i % channels]! + offset[i % channels]!);
  });
}

function layerNorm(x: Vector, scale: Vector, offset: Vector): Vector {
  const channels = scale.length;
  return x.map((value, i) => {
    const first = i - (i % channels);
    const { mean, variance } = moments(Array.from(x.subarray(first, first + channels)));
    const normal = (value - mean) / Math.sqrt(variance + epsilon);
    return normal * scale[i % channels]! + offset[i % channels]!;
  });
}

/** d(Σ dy·f)/d(input) for each input, by central differences. */
function differences(f: (...inputs: Vector[]) => Vector, inputs: Vector[], dy: Vector): Vector[] {
  const step = 1e-5;
  const loss = () => f(...inputs).reduce((sum, value, i) => sum + value * dy[i]!, 0);
  return inputs.map((input) =>
    input.map((value, i) => {
      input[i] = value + step;
      const above = loss();
      input[i] = value - step;
      const below = loss();
      input[i] = value;
      return (above - below) / (2 * step);
    }),
  );
}

describe('batch norm in training', () => {
  it.each(
    (['none', 'silu', 'gelu'] as const).flatMap((activation) => [
      { activation, shape: [2, 3, 3, 5] },
      { activation, shape: [1, 9, 8, 4] },
    ]),
  )('$shape, $activation: outputs and gradients', ({ activation, shape }) => {
    tf.tidy(() => {
      const channels = shape[3]!;
      const count = shape.reduce((product, size) => product * size);
      const values = [random(count, 1, 3), random(channels, 2, 1), random(channels, 3)];
      const attrs = { epsilon, activation };
      const x = tensor(values[0]!, shape);
      const scale = tensor(values[1]!, [channels]);
      const offset = tensor(values[2]!, [channels]);
      const [y, mean, variance] = run('BatchNormTraining', { x, scale, offset }, attrs);
      const reference = (...inputs: Vector[]) =>
        batchNorm(inputs[0]!, inputs[1]!, inputs[2]!, activation);
      expectClose(y!, reference(...values));
      const statistics = { mean: mean!, variance: variance! };
      const [inferred] = run('BatchNormInference', { x, scale, offset, ...statistics }, attrs);
      expectClose(inferred!, reference(...values));
      const dy = random(count, 4);
      const inputs = { dy: tensor(dy, shape), x, scale, offset, ...statistics };
      const gradients = run('BatchNormTrainingGrad', inputs, attrs);
      differences(reference, values, dy).forEach((expected, i) =>
        expectClose(gradients[i]!, expected),
      );
    });
  });

  it('the variance of values far from zero is accurate', () => {
    tf.tidy(() => {
      const rows = 1000;
      const values = random(rows * 3, 1).map((value) => Math.fround(1000 + 0.1 * value));
      const [x, scale, offset] = [tensor(values, [rows, 3]), tf.ones([3]), tf.zeros([3])];
      const attrs = { epsilon, activation: 'none' };
      const [, mean, variance] = run('BatchNormTraining', { x, scale, offset }, attrs);
      [0, 1, 2].forEach((c) => {
        const expected = moments(Array.from(values).filter((_, i) => i % 3 === c));
        expect(mean!.dataSync()[c]! / expected.mean).toBeCloseTo(1, 6);
        expect(variance!.dataSync()[c]! / expected.variance).toBeCloseTo(1, 3);
      });
    });
  });
});

describe('layer norm', () => {
  it.each([[[7, 13]], [[2, 3, 16]], [[70, 6]]])('%j: outputs and gradients', (shape) => {
    tf.tidy(() => {
      const channels = shape.at(-1)!;
      const rows = shape.slice(0, -1).reduce((product, size) => product * size);
      const values = [random(rows * channels, 1, 2), random(channels, 2, 1), random(channels, 3)];
      const reference = (...inputs: Vector[]) => layerNorm(inputs[0]!, inputs[1]!, inputs[2]!);
      const x = tensor(values[0]!, shape);
      const scale = tensor(values[1]!, [channels]);
      const offset = tensor(values[2]!, [channels]);
      const [y, mean, rstd] = run('LayerNorm', { x, scale, offset }, { epsilon });
      expect(mean!.shape).toEqual([rows]);
      expectClose(y!, reference(...values));
      const dy = random(rows * channels, 4);
      const inputs = { dy: tensor(dy, shape), x, mean: mean!, rstd: rstd!, scale };
      const gradients = run('LayerNormGrad', inputs);
      differences(reference, values, dy).forEach((expected, i) =>
        expectClose(gradients[i]!, expected),
      );
    });
  });
});

describe('activations', () => {
  it.each(['silu', 'gelu'] as const)('%s and its gradient, also far out', (name) => {
    tf.tidy(() => {
      const values = Float64Array.from([...random(97, 1).map((x) => x * 3), -120, -12, 12, 120]);
      const kernel = name === 'silu' ? 'Silu' : 'Gelu';
      const x = tensor(values, [values.length]);
      const f = (inputs: Vector) => inputs.map(activations[name]);
      const [y] = run(kernel, { x });
      expectClose(y!, f(Float64Array.from(x.dataSync())), 2e-7);
      const dy = random(values.length, 2);
      const [dx] = run(`${kernel}Grad`, { dy: tensor(dy, [values.length]), x });
      expectClose(dx!, differences(f, [values], dy)[0]!, 1e-6);
    });
  });

  it('propagate NaN, so that a diverged training is noticed', () => {
    tf.tidy(() => {
      const x = tf.tensor1d([NaN, 1, NaN, 2, NaN]);
      for (const name of ['Silu', 'Gelu', 'Sigmoid', 'Relu']) {
        expect(Array.from(run(name, { x })[0]!.dataSync(), Number.isNaN)).toEqual([
          true,
          false,
          true,
          false,
          true,
        ]);
      }
    });
  });
});

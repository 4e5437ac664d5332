import { selectEngine } from '@coatrack/kernels';
import type { Parameter, TensorSpec } from '@coatrack/models';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { Confusion } from './confusion';
import { KeptWeights } from './kept-weights';
import type { Recipe } from './recipe/recipe';

// Test files run in parallel, and threads of one computation that wait for each other would starve, so each uses one thread.
process.env['COATRACK_THREADS'] = '1';
beforeAll(() => selectEngine('wasm'));

const spec = { name: 'w', shape: [2] } as unknown as TensorSpec;

/** Keeps one weight per epoch. The loss is its distance to the goal. */
async function keptAfter(keep: Recipe['keep'], epochs: [number, number][], goal: number[]) {
  const variable = tf.variable(tf.tensor1d([0, 0]));
  const weights: Parameter[] = [{ spec, variable }];
  const evaluate = async () => {
    const [x, y] = variable.dataSync();
    const loss = Math.hypot(x! - goal[0]!, y! - goal[1]!);
    return { top1: 0.5, top5: 1, loss, confusion: new Confusion(2) };
  };
  const kept = new KeptWeights(weights, keep);
  for (const [index, value] of epochs.entries()) {
    tf.tidy(() => variable.assign(tf.tensor1d(value)));
    const { top1, loss } = await evaluate();
    await kept.offer({ epoch: index + 1, top1, validationLoss: loss }, [variable]);
  }
  const before = tf.memory().numTensors;
  const settled = await kept.settle(evaluate);
  expect(tf.memory().numTensors).toBe(before);
  const values = [...variable.dataSync()];
  variable.dispose();
  return { kept, settled, values };
}

it('ends with the best epoch', async () => {
  const { settled, values } = await keptAfter(
    'best',
    [
      [3, 0],
      [1, 0],
      [2, 0],
    ],
    [0, 0],
  );
  expect(values).toEqual([1, 0]);
  expect(settled).toMatchObject({ keptEpochs: [2], evaluation: { loss: 1 } });
});

it('averages the best epochs as long as that is no worse', async () => {
  // Best first: [1, 0], [0, 2], [-4, 0]. The last one pulls the average too far.
  const { settled, values } = await keptAfter(
    'soup',
    [
      [9, 9],
      [-4, 0],
      [0, 2],
      [1, 0],
    ],
    [0, 0.5],
  );
  expect(values).toEqual([0.5, 1]);
  expect(settled).toMatchObject({ keptEpochs: [3, 4] });
  expect(settled.evaluation.loss).toBeCloseTo(Math.hypot(0.5, 0.5));
});

it('ends with the best alone where every average is worse', async () => {
  const { settled, values } = await keptAfter(
    'soup',
    [
      [0, 0],
      [4, 0],
      [0, 5],
    ],
    [0, 0],
  );
  expect(values).toEqual([0, 0]);
  expect(settled.keptEpochs).toEqual([1]);
});

it('keeps nothing where the last epoch is what the model has', async () => {
  const variable = tf.variable(tf.tensor1d([1, 2]));
  const kept = new KeptWeights([{ spec, variable }], 'last');
  await kept.offer({ epoch: 1, top1: 1, validationLoss: 0 }, [variable]);
  expect(kept.tensors()).toEqual([]);
  variable.dispose();
});

it('comes back from what a checkpoint has of it', async () => {
  const { kept } = await keptAfter(
    'soup',
    [
      [3, 0],
      [1, 0],
      [2, 0],
      [5, 0],
    ],
    [0, 0],
  );
  const written = new Map<string, Float32Array>();
  for (const { name, data } of kept.tensors()) written.set(name, (await data()) as Float32Array);
  expect([...written.keys()]).toEqual(['kept.0.w', 'kept.1.w', 'kept.2.w']);

  const variable = tf.variable(tf.tensor1d([0, 0]));
  const restored = new KeptWeights([{ spec, variable }], 'soup');
  await restored.restore(kept.scores, async (name) => written.get(name)!);
  expect(restored.scores.map(({ epoch }) => epoch)).toEqual([2, 3, 1]);
  expect(await Promise.all(restored.tensors().map(({ data }) => data()))).toEqual(
    [
      [1, 0],
      [2, 0],
      [3, 0],
    ].map((values) => Float32Array.from(values)),
  );
  variable.dispose();
});

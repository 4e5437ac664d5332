import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { TrainingDivergedError } from './divergence';
import type { Recipe } from './recipe/recipe';
import { recipeOf, smallTraining, weightsOf } from './testing/small-training';
import type { EpochEvent } from './training-event';

const training = smallTraining();
const { run, checkpointOf } = training;

describe('train', () => {
  const recipe = recipeOf({ dropRate: 0.1, dropPathRate: 0.1 });

  it('keeps to the splits of a dataset, and never reads what is to test with', async () => {
    const seen = new Set<number>();
    const splits = training.images.labels.map((_, index) =>
      index < 6 ? 'train' : index < 10 ? 'valid' : 'test',
    );
    const read = (index: number) => {
      seen.add(index);
      return training.images.read(index);
    };
    const { events } = await run('splits', recipeOf({ epochs: 1 }), {
      images: { ...training.images, splits, read },
    });
    expect(events[0]).toMatchObject({ trainImages: 6, validationImages: 4 });
    expect(Math.max(...seen)).toBe(9);
  });

  it('learns', async () => {
    const { result } = await run('learning', recipeOf({ epochs: 12 }));
    const [first, last] = [result.history[0]!, result.history.at(-1)!];
    expect(result.history).toHaveLength(12);
    expect(last.trainLoss).toBeLessThan(0.7 * first.trainLoss);
    expect(last.trainTop1).toBeGreaterThan(0.8);
    expect([...result.confusion.entries()].reduce((sum, { count }) => sum + count, 0)).toBe(4);
    expect(result).toMatchObject({ epochs: 12, steps: 24 });
  });

  it('tells how it goes', async () => {
    const { events } = await run('whole', recipe);
    expect(events[0]).toEqual({
      type: 'started',
      engine: 'wasm',
      steps: 6,
      epochs: 3,
      trainImages: 8,
      validationImages: 4,
    });
    expect(events.filter(({ type }) => type === 'step').length).toBeGreaterThan(0);
    const epochs = events.filter((event): event is EpochEvent => event.type === 'epoch');
    expect(epochs.map(({ epoch, step }) => [epoch, step])).toEqual([
      [1, 2],
      [2, 4],
      [3, 6],
    ]);
    expect(epochs[2]).toMatchObject({ progress: 1, etaSeconds: 0 });
    expect(epochs[0]!.etaSeconds).toBeGreaterThan(0);
  });

  it('takes a recipe from before a field came up', async () => {
    const fields = Object.entries(recipeOf({ epochs: 1 }));
    const old = fields.filter(([name]) => !['epsilon', 'emaDecay', 'precision'].includes(name));
    const { result } = await run('old', Object.fromEntries(old) as Recipe);
    expect(result.steps).toBe(2);
  });

  it('says what would do where it cannot compute in bf16', async () => {
    const tensors = tf.memory().numTensors;
    const training = run('bf16', recipeOf({ precision: 'bf16' }));
    await expect(training).rejects.toMatchObject({
      code: 'PRECISION_UNAVAILABLE',
      message: expect.stringContaining('set precision to fp32, or train with the torch engine'),
    });
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('leaks no tensor, and leaves the event loop a turn every step', async () => {
    const counts: number[] = [];
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const before = tf.memory().numTensors;
    await run(
      'memory',
      recipeOf({ epochs: 2, optimizer: 'sgd', learningRate: 0.01, emaDecay: 0.9 }),
      {
        onEvent: ({ type }) => {
          if (type !== 'started') counts.push(tf.memory().numTensors);
        },
      },
    );
    clearInterval(timer);
    expect(new Set(counts).size).toBe(1);
    expect(tf.memory().numTensors).toBe(before);
    expect(turns).toBeGreaterThanOrEqual(4);
  });

  it('trains the head alone, leaving the backbone and its statistics as they were', async () => {
    const fresh = training.freshClassifier();
    const before = await weightsOf(fresh);
    fresh.dispose();
    const headOnly = recipeOf({ trainable: 'head', epochs: 2, learningRate: 0.05 });
    const { weights, result } = await run('head', headOnly);
    const changed = [...weights].filter(([name, digest]) => before.get(name) !== digest);
    expect(changed.map(([name]) => name)).toEqual(['classifier.weight', 'classifier.bias']);
    expect(result.history[1]!.trainLoss).toBeLessThan(result.history[0]!.trainLoss);
    const again = await run('head', headOnly, { resume: checkpointOf('head', 1) });
    expect(again.weights).toEqual(weights);
  });

  it('refuses steps of one image where batch norms learn, and takes them where they are frozen', async () => {
    const one = { epochs: 1, batchSize: 1 };
    await expect(run('one', recipeOf(one))).rejects.toThrow('at least 2 images');
    const { result } = await run('one', recipeOf({ ...one, trainable: 'head' }));
    expect(result.steps).toBe(8);
  });

  it('refuses steps of more images than there are', async () => {
    const wide = recipeOf({ epochs: 1, batchSize: 4, accumulation: 3 });
    await expect(run('wide', wide)).rejects.toThrow('lower accumulation or batchSize');
  });

  it('stops between steps when asked to, with the reason', async () => {
    const controller = new AbortController();
    const stopping = run('aborted', recipe, {
      signal: controller.signal,
      onEvent: ({ type }) => {
        if (type === 'step') controller.abort(new Error('Cancelled by its owner'));
      },
    });
    await expect(stopping).rejects.toThrow('Cancelled by its owner');
  });

  it('says so when it diverges', async () => {
    const wild = recipeOf({ optimizer: 'sgd', learningRate: 10, clipNorm: 0, epochs: 50 });
    const diverging = run('wild', wild);
    await expect(diverging).rejects.toThrow(TrainingDivergedError);
    await expect(diverging).rejects.toThrow(
      /diverged at step \d+: .*learningRate 10 is above 0\.1.*clipNorm is 0/,
    );
  });
});

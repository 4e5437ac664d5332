import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { selectEngine } from '@coatrack/kernels';
import {
  Classifier,
  findArchitecture,
  openSafetensors,
  type WeightsTensor,
  writeSafetensors,
} from '@coatrack/models';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CheckpointError, readCheckpointInfo } from './checkpoint';
import type { ImageSet } from './dataset/image-set';
import { type Recipe, type RecipeInput, recipeSchema } from './recipe/recipe';
import { plain } from '@coatrack/images/testing';
import { train, type TrainingOptions, type TrainingResult } from './train';
import { TrainingDivergedError } from './divergence';
import type { EpochEvent, TrainingEvent } from './training-event';

const architecture = findArchitecture('efficientnetv2_b0');
let folder: string;
let images: ImageSet;

/** Two classes, warm and cold colours, with 6 images each. A few steps separate them. */
beforeAll(async () => {
  await selectEngine('wasm');
  folder = await mkdtemp(join(tmpdir(), 'train-'));
  const labels = Array.from({ length: 12 }, (_, index) => index % 2);
  const files = await Promise.all(
    labels.map((label, index) => {
      const [strong, weak] = [190 + 5 * index, 10 + 7 * index];
      const colour = label === 0 ? { r: strong, g: 60, b: weak } : { r: weak, g: 60, b: strong };
      return plain(32, 32, colour).png().toBuffer();
    }),
  );
  images = { classes: ['warm', 'cold'], labels, read: async (index) => files[index]! };
});
afterAll(() => rm(folder, { recursive: true }));

const recipeOf = (fields: RecipeInput): Recipe =>
  recipeSchema.parse({
    imageSize: 32,
    batchSize: 4,
    epochs: 3,
    warmupEpochs: 0,
    validationFraction: 0.34,
    ...fields,
  });

interface Trained {
  result: TrainingResult;
  /** SHA-256 by tensor name */
  weights: Map<string, string>;
  events: TrainingEvent[];
}

/** Trains a fresh classifier to the end and keeps a checkpoint per epoch under `name`. */
async function run(
  name: string,
  recipe: Recipe,
  options: Partial<TrainingOptions> = {},
): Promise<Trained> {
  const classifier = new Classifier(architecture, { classes: 2, imageSize: 32, seed: 1 });
  zeroHead(classifier);
  const events: TrainingEvent[] = [];
  try {
    const result = await train({
      classifier,
      images,
      recipe,
      preprocessing: architecture.preprocessing,
      signal: new AbortController().signal,
      onEvent: (event) => void events.push(event),
      saveCheckpoint: (write, { epoch }) => write(checkpointOf(name, epoch)),
      ...options,
    });
    return { result, weights: await weightsOf(classifier), events };
  } finally {
    classifier.dispose();
  }
}

/** Zeroes the head. Random logits of two classes would start far off and hide what a few steps learn. */
function zeroHead({ parameters }: Classifier): void {
  for (const { spec, variable } of parameters) {
    if (spec.head) tf.tidy(() => variable.assign(tf.zeros(variable.shape)));
  }
}

const checkpointOf = (name: string, epoch: number) => join(folder, `${name}-${epoch}.safetensors`);

async function weightsOf(classifier: Classifier): Promise<Map<string, string>> {
  const weights = new Map<string, string>();
  for (const { name, data } of classifier.save()) {
    weights.set(
      name,
      createHash('sha256')
        .update(await data())
        .digest('hex'),
    );
  }
  return weights;
}

/** Trains like `run` and returns some of the results. */
async function valuesOf(recipe: Recipe): Promise<{ trainLoss: number; bias: number[] }> {
  const { result } = await run('values', recipe);
  const file = await openSafetensors(checkpointOf('values', recipe.epochs));
  try {
    const bias = [...(await file.read('classifier.bias'))].map(Number);
    return { trainLoss: result.history.at(-1)!.trainLoss, bias };
  } finally {
    await file.close();
  }
}

const epochsOf = (events: TrainingEvent[]) =>
  events.filter((event): event is EpochEvent => event.type === 'epoch');

describe('train', () => {
  const recipe = recipeOf({ dropRate: 0.1, dropPathRate: 0.1 });
  let whole: Trained;

  beforeAll(async () => {
    whole = await run('whole', recipe);
  });

  it('keeps to the splits of a dataset, and never reads what is to test with', async () => {
    const seen = new Set<number>();
    const splits = images.labels.map((_, index) =>
      index < 6 ? 'train' : index < 10 ? 'valid' : 'test',
    );
    const read = (index: number) => {
      seen.add(index);
      return images.read(index);
    };
    const { events } = await run('splits', recipeOf({ epochs: 1 }), {
      images: { ...images, splits, read },
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

  it('tells how it goes', () => {
    const { events } = whole;
    expect(events[0]).toEqual({
      type: 'started',
      engine: 'wasm',
      steps: 6,
      epochs: 3,
      trainImages: 8,
      validationImages: 4,
    });
    expect(events.filter(({ type }) => type === 'step').length).toBeGreaterThan(0);
    const epochs = epochsOf(events);
    expect(epochs.map(({ epoch, step }) => [epoch, step])).toEqual([
      [1, 2],
      [2, 4],
      [3, 6],
    ]);
    expect(epochs[2]).toMatchObject({ progress: 1, etaSeconds: 0 });
    expect(epochs[0]!.etaSeconds).toBeGreaterThan(0);
  });

  it('resumes from a checkpoint as if it had never stopped', async () => {
    const info = await readCheckpointInfo(checkpointOf('whole', 1));
    expect(info).toMatchObject({ epoch: 1, step: 2, recipe });
    const resumed = await run('resumed', recipe, { resume: checkpointOf('whole', 1) });
    expect(epochsOf(resumed.events).map(({ epoch }) => epoch)).toEqual([2, 3]);
    expect(resumed.weights).toEqual(whole.weights);
    expect(resumed.result.top1).toBe(whole.result.top1);
    expect(resumed.result.history.map(({ trainLoss }) => trainLoss)).toEqual(
      whole.result.history.map(({ trainLoss }) => trainLoss),
    );
  });

  it('resumes from the middle of an epoch as if it had never stopped', async () => {
    const halfway = recipeOf({
      batchSize: 2,
      epochs: 2,
      dropPathRate: 0.1,
      emaDecay: 0.9,
      cropMin: 0.35,
      augment: 'randaugment',
      erasing: 0.25,
      mixup: 0.2,
    });
    const saved: number[] = [];
    const undisturbed = await run('steps', halfway, {
      checkpointSeconds: 0,
      saveCheckpoint: async (write, { step }) => {
        saved.push(step);
        await write(checkpointOf('step', step));
      },
    });
    expect(saved).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const resumed = await run('resumed', halfway, { resume: checkpointOf('step', 6) });
    expect(resumed.weights).toEqual(undisturbed.weights);
    const figures = ({ result: { loss, history } }: Trained) => [
      loss,
      ...history.map(({ trainLoss, trainTop1 }) => [trainLoss, trainTop1]),
    ];
    expect(figures(resumed)).toEqual(figures(undisturbed));
  });

  it('resumes from a checkpoint whose counters of batches began anew', async () => {
    const [path, old] = [checkpointOf('whole', 1), checkpointOf('old', 1)];
    const file = await openSafetensors(path);
    const tensors = [...file.tensors].map(([name, { shape, dtype }]): WeightsTensor => {
      if (dtype === 'I64') return { name, shape, dtype, data: async () => BigInt64Array.of(0n) };
      return { name, shape, dtype: 'F32', data: () => file.read(name) };
    });
    await writeSafetensors(old, tensors, file.metadata);
    await file.close();
    const resumed = await run('resumed', recipe, { resume: old });
    expect(resumed.weights).toEqual(whole.weights);
  });

  it.each(['sgd', 'rmsprop', 'adamw'] as const)(
    'resumes %s and the averages of the weights to the last bit',
    async (optimizer) => {
      const averaged = recipeOf({ epochs: 2, optimizer, learningRate: 1e-3, emaDecay: 0.9 });
      const { weights, result } = await run(optimizer, averaged);
      const again = await run('again', averaged, { resume: checkpointOf(optimizer, 1) });
      expect(again.weights).toEqual(weights);
      expect(again.result.loss).toBe(result.loss);
      const ended = await run('again', averaged, { resume: checkpointOf(optimizer, 2) });
      expect(ended.weights).toEqual(weights);
      expect(ended.result.loss).toBe(result.loss);
    },
  );

  it('ends with the averages of weights and statistics, and goes on from the weights', async () => {
    const averaged = { ...recipe, emaDecay: 0.9 };
    const { weights } = await run('averaged', averaged);
    const file = await openSafetensors(checkpointOf('averaged', 3));
    try {
      for (const name of ['classifier.bias', 'bn1.running_mean']) {
        const digest = createHash('sha256').update(await file.read(`average.${name}`));
        expect(digest.digest('hex'), name).toBe(weights.get(name));
        // Averaging does not change the training itself.
        const trained = createHash('sha256').update(await file.read(name));
        expect(trained.digest('hex'), name).toBe(whole.weights.get(name));
      }
    } finally {
      await file.close();
    }
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

  it('has only to validate when the last checkpoint is the end', async () => {
    const resumed = await run('ended', recipe, { resume: checkpointOf('whole', 3) });
    expect(resumed.weights).toEqual(whole.weights);
    expect(resumed.result).toMatchObject({ loss: whole.result.loss, steps: 6 });
  });

  it('refuses a checkpoint of another recipe', async () => {
    const other = { ...recipe, learningRate: 0.5, epochs: 9 };
    const resuming = run('other', other, { resume: checkpointOf('whole', 1) });
    await expect(resuming).rejects.toThrow(CheckpointError);
    await expect(resuming).rejects.toThrow('epochs, learningRate');
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
    const fresh = new Classifier(architecture, { classes: 2, imageSize: 32, seed: 1 });
    zeroHead(fresh);
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

  it('trains the head first with the rest frozen, then everything', async () => {
    const fresh = new Classifier(architecture, { classes: 2, imageSize: 32, seed: 1 });
    zeroHead(fresh);
    const before = await weightsOf(fresh);
    fresh.dispose();
    const headFirst = recipeOf({ headEpochs: 1, epochs: 2, learningRate: 1e-3, headFactor: 10 });
    const rates: number[] = [];
    const { weights } = await run('first', headFirst, {
      onEvent: (event) => void (event.type === 'step' && rates.push(event.learningRate)),
    });
    expect(rates[0]).toBe(1e-3);
    const file = await openSafetensors(checkpointOf('first', 1));
    try {
      for (const [name, digest] of before) {
        if (file.tensors.get(name)!.dtype === 'I64') continue;
        const found = createHash('sha256').update(await file.read(name));
        expect(found.digest('hex') === digest, name).toBe(!name.startsWith('classifier.'));
      }
    } finally {
      await file.close();
    }
    expect([...weights].filter(([name, digest]) => before.get(name) === digest)).toEqual([]);
  });

  it('resumes head first, best epochs, averages and several batches per step to the bit', async () => {
    const everything = recipeOf({
      epochs: 3,
      headEpochs: 1,
      headFactor: 5,
      layerDecay: 0.8,
      learningRate: 3e-3,
      batchSize: 2,
      accumulation: 2,
      emaDecay: 0.9,
      keep: 'soup',
      dropPathRate: 0.1,
    });
    const undisturbed = await run('everything', everything, {
      checkpointSeconds: 0,
      saveCheckpoint: async (write, { step }) => {
        if ([1, 2, 5].includes(step)) await write(checkpointOf('everything', step));
      },
    });
    expect(undisturbed.result.steps).toBe(6);
    // Resumes within the head's epoch, at its end, and within the last epoch, with two kept epochs.
    for (const step of [1, 2, 5]) {
      const resumed = await run('again', everything, {
        resume: checkpointOf('everything', step),
        saveCheckpoint: async () => {},
      });
      expect(resumed.weights, `step ${step}`).toEqual(undisturbed.weights);
      expect(resumed.result.keptEpochs).toEqual(undisturbed.result.keptEpochs);
      expect(resumed.result.loss).toBe(undisturbed.result.loss);
    }
  });

  it('ends early when it gets worse, with the best epoch, and does so after a resume too', async () => {
    // The training learns labels that are wrong on the validation images.
    const splits = images.labels.map((_, index) =>
      index < 8 ? ('train' as const) : ('valid' as const),
    );
    const labels = images.labels.map((label, index) => (index < 8 ? label : 1 - label));
    const misled = { images: { ...images, labels, splits } };
    const impatient = recipeOf({
      epochs: 9,
      patience: 2,
      keep: 'best',
      trainable: 'head',
      optimizer: 'sgd',
      learningRate: 0.05,
    });
    const { result, weights } = await run('misled', impatient, misled);
    expect(result).toMatchObject({ epochs: 3, steps: 6, keptEpochs: [1] });
    expect(result.loss).toBe(result.history[0]!.validationLoss);
    const ended = await run('again', impatient, { ...misled, resume: checkpointOf('misled', 3) });
    expect(ended.result).toMatchObject({ epochs: 3, keptEpochs: [1], loss: result.loss });
    expect(ended.weights).toEqual(weights);
  });

  it('refuses steps of one image where batch norms learn, and takes them where they are frozen', async () => {
    const one = { epochs: 1, batchSize: 1 };
    await expect(run('one', recipeOf(one))).rejects.toThrow('at least 2 images');
    const { result } = await run('one', recipeOf({ ...one, trainable: 'head' }));
    expect(result.steps).toBe(8);
  });

  it('steps with several batches as with one of their size, and resumes to the bit', async () => {
    // Batch norms are frozen, because batch statistics would differ.
    const fields = { trainable: 'head', optimizer: 'sgd', learningRate: 0.1, epochs: 2 } as const;
    const whole = await valuesOf(recipeOf({ ...fields, batchSize: 4 }));
    const split = await valuesOf(recipeOf({ ...fields, batchSize: 2, accumulation: 2 }));
    expect(split.trainLoss).toBeCloseTo(whole.trainLoss, 5);
    split.bias.forEach((value, index) => expect(value).toBeCloseTo(whole.bias[index]!, 5));
    expect(Math.abs(whole.bias[0]!)).toBeGreaterThan(1e-3);

    const accumulating = recipeOf({ epochs: 2, batchSize: 2, accumulation: 2, dropPathRate: 0.1 });
    const undisturbed = await run('accumulating', accumulating);
    expect(undisturbed.result.steps).toBe(4);
    const resumed = await run('again', accumulating, { resume: checkpointOf('accumulating', 1) });
    expect(resumed.weights).toEqual(undisturbed.weights);
  });

  it('refuses steps of more images than there are', async () => {
    const wide = recipeOf({ epochs: 1, batchSize: 4, accumulation: 3 });
    await expect(run('wide', wide)).rejects.toThrow('lower accumulation or batchSize');
  });

  it('looks for a learning rate, and then trains to the bit as with that rate given', async () => {
    const fields = { epochs: 1, batchSize: 2, trainable: 'head', dropRate: 0.1 } as const;
    const searched = await run('searched', recipeOf({ ...fields, learningRate: 0 }));
    const [started] = searched.events;
    if (started?.type !== 'started') throw new Error('The training did not say that it started');
    const { learningRate, curve } = started;
    expect(searched.result.recipe.learningRate).toBe(learningRate);
    expect(curve!.length).toBeGreaterThan(20);
    expect(curve![0]!.learningRate).toBeCloseTo(1e-7, 12);
    expect(learningRate).toBeGreaterThan(1e-7);
    expect(learningRate).toBeLessThan(1);

    const given = await run('given', searched.result.recipe);
    expect(searched.weights).toEqual(given.weights);
  });

  it('fits its schedule into a budget, and keeps to it after a resume', async () => {
    const fields = { epochs: 1, batchSize: 4, trainable: 'head', learningRate: 1e-3 } as const;
    const ample = await run('ample', recipeOf({ ...fields, budgetMinutes: 60 }));
    const unlimited = await run('unlimited', recipeOf(fields));
    expect(ample.weights).toEqual(unlimited.weights);
    expect(ample.result.recipe).toEqual(recipeOf(fields));

    const tight = recipeOf({ ...fields, epochs: 9000, budgetMinutes: 0.05 });
    const rates: number[] = [];
    const cut = await run('tight', tight, {
      onEvent: (event) => void (event.type === 'step' && rates.push(event.learningRate)),
    });
    const { epochs, steps, recipe: settled } = cut.result;
    expect(epochs).toBeLessThan(9000);
    expect(settled).toMatchObject({ epochs, budgetMinutes: 0 });
    const resumed = await run('again', tight, { resume: checkpointOf('tight', 1) });
    expect(resumed.result).toMatchObject({ epochs, steps });
    expect(resumed.weights).toEqual(cut.weights);
  });

  it('draws balanced epochs, tells the class counts, and resumes to the bit', async () => {
    const skewed = {
      images: {
        ...images,
        splits: images.labels.map((label, index) =>
          index >= 8
            ? ('valid' as const)
            : label === 1 && index > 2
              ? ('test' as const)
              : ('train' as const),
        ),
      },
    };
    const balanced = recipeOf({ epochs: 2, batchSize: 2, balance: 'sampling' });
    const { weights, events } = await run('balanced', balanced, skewed);
    expect(events[0]).toMatchObject({ trainImages: 5, classCounts: [4, 1] });
    const again = await run('again', balanced, { ...skewed, resume: checkpointOf('balanced', 1) });
    expect(again.weights).toEqual(weights);
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

import { openSafetensors } from '@coatrack/models';
import { describe, expect, it } from 'vitest';
import type { Recipe } from './recipe/recipe';
import { digestOf, recipeOf, smallTraining, weightsOf } from './testing/small-training';

const training = smallTraining();
const { run, checkpointOf } = training;

/** Trains and returns some of the results. */
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

describe('a recipe', () => {
  it('trains the head first with the rest frozen, then everything', async () => {
    const fresh = training.freshClassifier();
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
        const found = digestOf(await file.read(name));
        expect(found === digest, name).toBe(!name.startsWith('classifier.'));
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
    const splits = training.images.labels.map((_, index) =>
      index < 8 ? ('train' as const) : ('valid' as const),
    );
    const labels = training.images.labels.map((label, index) => (index < 8 ? label : 1 - label));
    const misled = { images: { ...training.images, labels, splits } };
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
        ...training.images,
        splits: training.images.labels.map((label, index) =>
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
});

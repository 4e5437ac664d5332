import { openSafetensors, type WeightsTensor, writeSafetensors } from '@coatrack/models';
import { beforeAll, describe, expect, it } from 'vitest';
import { CheckpointError, readCheckpointInfo } from './checkpoint';
import { digestOf, recipeOf, smallTraining, type Trained } from './testing/small-training';
import type { EpochEvent } from './training-event';

const training = smallTraining();
const { run, checkpointOf } = training;

describe('train', () => {
  const recipe = recipeOf({ dropRate: 0.1, dropPathRate: 0.1 });
  let whole: Trained;

  beforeAll(async () => {
    whole = await run('whole', recipe);
  });

  it('resumes from a checkpoint as if it had never stopped', async () => {
    const info = await readCheckpointInfo(checkpointOf('whole', 1));
    expect(info).toMatchObject({ epoch: 1, step: 2, recipe });
    const resumed = await run('resumed', recipe, { resume: checkpointOf('whole', 1) });
    expect(
      resumed.events
        .filter((event): event is EpochEvent => event.type === 'epoch')
        .map(({ epoch }) => epoch),
    ).toEqual([2, 3]);
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
        const digest = digestOf(await file.read(`average.${name}`));
        expect(digest, name).toBe(weights.get(name));
        // Averaging does not change the training itself.
        const trained = digestOf(await file.read(name));
        expect(trained, name).toBe(whole.weights.get(name));
      }
    } finally {
      await file.close();
    }
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
});

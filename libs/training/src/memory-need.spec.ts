import { findArchitecture } from '@coatrack/models';
import { describe, expect, it } from 'vitest';
import {
  fittingBatchSize,
  NotEnoughMemoryError,
  type PlannedTraining,
  requireInferenceMemory,
  requireMemory,
  trainingMemory,
} from './memory-need';
import { recipeSchema } from './recipe/recipe';

const gibibyte = 2 ** 30;

function planned(name: string, recipe: object, classes = 1000): PlannedTraining {
  return { architecture: findArchitecture(name), classes, recipe: recipeSchema.parse(recipe) };
}

describe('fittingBatchSize', () => {
  const open = (recipe: object = {}) =>
    planned('efficientnetv2_b0', { batchSize: 0, ...recipe }, 10);
  const plenty = { images: 10_000, available: Infinity };

  it('fits into the memory, with some to spare', () => {
    const available = 4 * gibibyte;
    const batchSize = fittingBatchSize(open(), { ...plenty, available });
    expect(batchSize % 8).toBe(0);
    const memory = (size: number) => trainingMemory(open({ batchSize: size }));
    expect(memory(batchSize)).toBeLessThanOrEqual(0.8 * available);
    expect(memory(batchSize + 8)).toBeGreaterThan(0.8 * available);
  });

  it('is bounded by what learns well: 64 images, and an eighth of those to train with', () => {
    expect(fittingBatchSize(open(), plenty)).toBe(64);
    expect(fittingBatchSize(open(), { ...plenty, images: 200 })).toBe(24);
    expect(fittingBatchSize(open(), { ...plenty, images: 30 })).toBe(4);
  });

  it('is never less than a step takes', () => {
    const none = { images: 1000, available: 0 };
    expect(fittingBatchSize(open(), none)).toBe(2);
    expect(fittingBatchSize(open({ trainable: 'head' }), none)).toBe(1);
  });
});

describe('requireInferenceMemory', () => {
  const batch = { architecture: findArchitecture('efficientnetv2_b0'), classes: 1000 };

  it('says which batch fits, and that it does', () => {
    const huge = { ...batch, imageSize: 1024, batchSize: 256 };
    let message = '';
    try {
      requireInferenceMemory(huge, 4 * gibibyte);
    } catch (error) {
      expect(error).toBeInstanceOf(NotEnoughMemoryError);
      message = (error as Error).message;
    }
    const [, fitting] =
      /^A batch of 256 images of 1024 px needs about .*: batches of up to (\d+) fit/.exec(message)!;
    expect(() =>
      requireInferenceMemory({ ...huge, batchSize: Number(fitting) }, 4 * gibibyte),
    ).not.toThrow();
    expect(() =>
      requireInferenceMemory({ ...huge, batchSize: Number(fitting) + 1 }, 4 * gibibyte),
    ).toThrow();
  });

  it('lets what is usual pass on a small machine', () => {
    expect(() =>
      requireInferenceMemory({ ...batch, imageSize: 224, batchSize: 32 }, gibibyte),
    ).not.toThrow();
  });
});

describe('trainingMemory', () => {
  // Peaks of single steps with AdamW on the torch engine, from docs/benchmarks.md and measured the same way.
  it.each([
    ['efficientnetv2_b0', 16, 128, 'fp32', 659],
    ['efficientnetv2_b0', 8, 224, 'fp32', 795],
    ['efficientnetv2_b0', 32, 128, 'fp32', 895],
    ['efficientnetv2_s', 16, 128, 'fp32', 1251],
    ['efficientnetv2_s', 8, 224, 'fp32', 1601],
    ['efficientnetv2_s', 4, 384, 'fp32', 1900],
    ['efficientnetv2_s', 16, 128, 'bf16', 919],
    ['coatnet_0_224', 16, 128, 'fp32', 1935],
    ['coatnet_0_224', 8, 224, 'fp32', 2566],
    ['coatnet_0_224', 8, 224, 'bf16', 1676],
  ])('is close to the peak of %s, %i × %i, %s', (name, batchSize, imageSize, precision, peak) => {
    const estimate = trainingMemory(planned(name, { batchSize, imageSize, precision })) / 2 ** 20;
    expect(estimate / peak).toBeGreaterThan(0.75);
    expect(estimate / peak).toBeLessThan(1.05);
  });

  it('needs little where only the head learns', () => {
    const recipe = { batchSize: 64, imageSize: 224 };
    const head = trainingMemory(planned('coatnet_3', { ...recipe, trainable: 'head' }));
    expect(head).toBeLessThan(trainingMemory(planned('coatnet_3', recipe)) / 5);
  });
});

describe('requireMemory', () => {
  it('refuses what can not fit, with what does', () => {
    const training = planned('efficientnetv2_xl', { batchSize: 512, imageSize: 1024 }, 10);
    const judge = () => requireMemory(training, 24 * gibibyte);
    expect(judge).toThrow(NotEnoughMemoryError);
    expect(judge).toThrow(/needs about \d{4}\.\d GiB of memory, and 24\.0 GiB are available/);
    const [, batch, size] = /batchSize of up to (\d+) .* imageSize of up to (\d+) /.exec(
      message(judge),
    )!;
    const fitting = (change: object) => ({
      ...training,
      recipe: { ...training.recipe, ...change },
    });
    requireMemory(fitting({ batchSize: Number(batch) }), 24 * gibibyte);
    requireMemory(fitting({ imageSize: Number(size) }), 24 * gibibyte);
    expect(() => requireMemory(fitting({ batchSize: Number(batch) + 1 }), 24 * gibibyte)).toThrow(
      NotEnoughMemoryError,
    );
  });

  it('suggests sizes that the architecture takes, and a smaller one where none would do', () => {
    const training = planned('coatnet_7', { batchSize: 64, imageSize: 512 });
    expect(message(() => requireMemory(training, 64 * gibibyte))).toMatch(
      /imageSize of up to \d+ fits/,
    );
    expect(message(() => requireMemory(training, gibibyte))).toMatch(
      /a smaller architecture needs less\.$/,
    );
  });

  it('lets a training pass that fits', () => {
    requireMemory(planned('efficientnetv2_b0', { batchSize: 16, imageSize: 128 }), gibibyte);
  });
});

function message(judge: () => void): string {
  try {
    judge();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('It was not refused.');
}

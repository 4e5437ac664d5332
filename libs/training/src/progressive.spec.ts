import { findArchitecture } from '@coatrack/models';
import { expect, it } from 'vitest';
import { stageOf } from './progressive';
import { type RecipeInput, recipeSchema } from './recipe/recipe';

const anySize = { minimum: 32, multipleOf: 1 };

function stagesOf(fields: RecipeInput, imageSizes = anySize, headEpochs = 0) {
  const recipe = recipeSchema.parse({ epochs: 8 + headEpochs, headEpochs, ...fields });
  const epochs = Array.from({ length: recipe.epochs }, (_, index) => index + 1);
  return epochs.map((epoch) => stageOf(epoch, recipe, recipe, imageSizes));
}

it.each([
  ['S', [171, 300], [5, 10], 0, [171, 214, 257, 300], [5, 6.67, 8.33, 10], [0, 0, 0, 0]],
  [
    'M',
    [192, 384],
    [5, 15],
    0.2,
    [192, 256, 320, 384],
    [5, 8.33, 11.67, 15],
    [0, 0.067, 0.133, 0.2],
  ],
  ['L', [192, 384], [5, 20], 0.5, [192, 256, 320, 384], [5, 10, 15, 20], [0, 0.167, 0.333, 0.5]],
] as const)(
  "rises as in EfficientNetV2-%s's released schedule, a quarter of the epochs each",
  (_, [firstImageSize, imageSize], [firstMagnitude, last], mixup, sizes, magnitudes, alphas) => {
    const stages = stagesOf({
      stages: 4,
      firstImageSize,
      imageSize,
      firstMagnitude,
      augmentMagnitude: last,
      firstMixup: 0,
      mixup,
      firstDropRate: 0.1,
      dropRate: 0.4,
    });
    expect(stages.map(({ stage }) => stage)).toEqual([1, 1, 2, 2, 3, 3, 4, 4]);
    const firsts = stages.filter((_, index) => index % 2 === 0);
    expect(firsts.map((stage) => stage.imageSize)).toEqual(sizes);
    magnitudes.forEach((value, index) => expect(firsts[index]!.magnitude).toBeCloseTo(value, 2));
    alphas.forEach((value, index) => expect(firsts[index]!.mixup).toBeCloseTo(value, 3));
    expect(firsts.map(({ dropRate }) => Number(dropRate.toFixed(3)))).toEqual([0.1, 0.2, 0.3, 0.4]);
  },
);

it('stays the same throughout with one stage, and where a first value is left out', () => {
  const whole = { imageSize: 96, augmentMagnitude: 12, dropRate: 0.3 };
  for (const stage of [...stagesOf(whole), ...stagesOf({ ...whole, stages: 4 })]) {
    expect(stage).toMatchObject({
      imageSize: 96,
      magnitude: 12,
      mixup: 0,
      cutmix: 0,
      dropRate: 0.3,
    });
  }
});

it('takes sizes that the network can look at, and counts epochs of the head alone to the first stage', () => {
  const { imageSizes } = findArchitecture('coatnet_0');
  const stages = stagesOf({ stages: 3, firstImageSize: 96, imageSize: 224 }, imageSizes, 2);
  expect(stages.map(({ imageSize }) => imageSize)).toEqual([
    96, 96, 96, 96, 96, 160, 160, 160, 224, 224,
  ]);
});

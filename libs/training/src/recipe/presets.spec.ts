import { findArchitecture, listArchitectures } from '@coatrack/models';
import { describe, expect, it } from 'vitest';
import { choosePreset, presetFields, type PresetName, presetNames, presetProblem } from './presets';
import type { PresetContext } from './preset-context';
import { type RecipeInput, recipeSchema } from './recipe';

function contextOf(
  architecture: string,
  pretrained: boolean,
  given: RecipeInput = {},
  images = 1000,
): PresetContext {
  return { architecture: findArchitecture(architecture), pretrained, images, classes: 10, given };
}

function fieldsOf(name: PresetName, architecture: string): Partial<RecipeInput> {
  return presetFields(name, contextOf(architecture, false));
}

it.each(presetNames)('%s is a valid recipe for whatever it can be used for', (name) => {
  let valid = 0;
  for (const { name: architecture } of listArchitectures()) {
    for (const pretrained of [false, true]) {
      for (const given of [{}, { epochs: 1 }, { epochs: 3, headEpochs: 1 }, { imageSize: 320 }]) {
        for (const images of [20, 50_000]) {
          const context = contextOf(architecture, pretrained, given, images);
          if (presetProblem(name, context) !== undefined) continue;
          // The papers' trainings begin with five epochs of warm-up.
          if (name.includes('/') && given.epochs !== undefined) continue;
          const recipe = { ...presetFields(name, context), ...given };
          expect(recipeSchema.safeParse(recipe).error?.issues ?? []).toEqual([]);
          valid++;
        }
      }
    }
  }
  expect(valid).toBeGreaterThan(0);
});

describe('of the papers', () => {
  it.each([
    ['efficientnetv2_s', [128, 300], [5, 15], 0, [0.1, 0.3]],
    ['efficientnetv2_m', [128, 380], [5, 20], 0.2, [0.1, 0.4]],
    ['efficientnetv2_l', [128, 380], [5, 25], 0.5, [0.1, 0.5]],
  ] as const)(
    "%s has the stages of the paper's table 6",
    (name, sizes, strengths, mixup, drops) => {
      const fields = fieldsOf('papers/efficientnetv2', name);
      expect([fields.firstImageSize, fields.imageSize]).toEqual(sizes);
      expect([fields.firstMagnitude, fields.augmentMagnitude]).toEqual(strengths);
      expect(fields.mixup ?? 0).toBe(mixup);
      expect([fields.firstDropRate, fields.dropRate]).toEqual(drops);
    },
  );

  it.each([
    ['b0', [144, 192], undefined, 0, 0.2],
    ['b3', [156, 240], undefined, 0, 0.3],
    ['s', [171, 300], 10, 0, 0.2],
    ['m', [192, 384], 15, 0.2, 0.3],
    ['l', [192, 384], 20, 0.5, 0.4],
  ] as const)('%s has the values of the released code', (size, sizes, magnitude, alpha, drop) => {
    const fields = fieldsOf('automl/efficientnetv2', `efficientnetv2_${size}`);
    expect(fields).toMatchObject({
      optimizer: 'rmsprop',
      // 0.016 for 256 images, scaled to 16.
      learningRate: 0.001,
      schedule: 'staircase',
      staircaseRate: 0.97,
      staircaseEpochs: 2.4,
      epochs: 350,
      emaDecay: 0.9999,
      weightDecay: 1e-5,
      epsilon: 1e-3,
      stages: 4,
      firstImageSize: sizes[0],
      imageSize: sizes[1],
      dropRate: drop,
    });
    expect(fields.augmentMagnitude).toBe(magnitude);
    expect([fields.mixup ?? 0, fields.cutmix ?? 0]).toEqual([alpha, alpha]);
  });

  it("has the values of CoAtNet's table 10", () => {
    const rates = [0, 1, 2, 3].map((size) => fieldsOf('papers/coatnet', `coatnet_${size}`));
    expect(rates.map(({ dropPathRate }) => dropPathRate)).toEqual([0.2, 0.3, 0.5, 0.7]);
    expect(rates[0]).toMatchObject({
      optimizer: 'adamw',
      learningRate: 1e-3,
      minLearningRate: 1e-5,
      weightDecay: 0.05,
      clipNorm: 1,
      augmentMagnitude: 15,
      mixup: 0.8,
      labelSmoothing: 0.1,
    });
  });
});

it.each([
  [false, {}, 1000, 'from-scratch'],
  [true, { budgetMinutes: 1 }, 1000, 'linear-probe'],
  [true, {}, 50, 'linear-probe'],
  [true, {}, 1000, 'fine-tune'],
  [true, { budgetMinutes: 30 }, 20_000, 'progressive'],
] as const)(
  'auto, pretrained %s, given %j, with %d images, chooses %s',
  (pretrained, given, images, name) => {
    const { preset, reason } = choosePreset(
      contextOf('efficientnetv2_b0', pretrained, given, images),
    );
    expect(preset).toBe(name);
    expect(reason).toMatch(/\.$/);
  },
);

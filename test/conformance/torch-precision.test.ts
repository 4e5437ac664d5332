import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { availableEngines, selectEngine } from '@coatrack/kernels';
import { Classifier, findArchitecture } from '@coatrack/models';
import { type ImageSet, type Recipe, recipeSchema, train } from '@coatrack/training';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';

// One thread: test files run side by side, and threads of one computation that wait for each other would starve.
process.env['COATRACK_THREADS'] = '1';
const torch = (await availableEngines()).find(({ name }) => name === 'torch')!;
const supported = torch.available && tf.env().getBool('TORCH_BFLOAT16_SUPPORTED');

/** Where runs of Unicode's characters start that are drawn alike: faces, food, animals, clocks. */
const runs = { faces: 0x1f600, food: 0x1f345, animals: 0x1f400, clocks: 0x1f550 };
const imagesPerClass = 24;

/** Emoji as the sample dataset draws them. */
async function emoji(): Promise<ImageSet> {
  const folder = dirname(createRequire(__filename).resolve('@twemoji/svg/package.json'));
  const codes = Object.values(runs).flatMap((first) =>
    Array.from({ length: imagesPerClass }, (_, index) => first + index),
  );
  const files = await Promise.all(
    codes.map((code) =>
      sharp(join(folder, `${code.toString(16)}.svg`), { density: 144 })
        .resize(64, 64)
        .flatten({ background: 'white' })
        .png()
        .toBuffer(),
    ),
  );
  return {
    classes: Object.keys(runs),
    labels: codes.map((_, index) => Math.floor(index / imagesPerClass)),
    read: async (index) => files[index]!,
  };
}

describe.skipIf(!supported)('bf16 on the torch engine', () => {
  let images: ImageSet;
  beforeAll(async () => {
    await selectEngine('torch');
    images = await emoji();
  });

  /** Mean losses of the epochs, 4 steps each. */
  async function losses(
    architecture: string,
    epochs: number,
    precision: Recipe['precision'],
  ): Promise<number[]> {
    const recipe = recipeSchema.parse({
      precision,
      imageSize: 64,
      batchSize: 16,
      epochs,
      seed: 3,
      learningRate: 4e-4,
      validationFraction: 0.2,
      emaDecay: 0.99,
    });
    const model = findArchitecture(architecture);
    const classifier = new Classifier(model, {
      classes: images.classes.length,
      imageSize: recipe.imageSize,
      seed: recipe.seed,
    });
    try {
      const { history } = await train({
        classifier,
        images,
        recipe,
        preprocessing: model.preprocessing,
        signal: new AbortController().signal,
        onEvent: () => expect(tf.env().getBool('TORCH_BFLOAT16')).toBe(false),
        saveCheckpoint: async () => {},
      });
      return history.map(({ trainLoss }) => trainLoss);
    } finally {
      classifier.dispose();
    }
  }

  // Rounding to 8 bits moves single steps, and small batches' statistics carry that on; what it must not do is to keep
  // the training from getting where it gets. Seen: at most 0.09 and 0.004 nats apart.
  it.each([
    { architecture: 'efficientnetv2_b0', epochs: 10, tolerance: 0.15 },
    { architecture: 'coatnet_pico_rw_224', epochs: 4, tolerance: 0.03 },
  ])(
    "$architecture's loss stays within $tolerance of fp32's, and falls",
    async ({ architecture, epochs, tolerance }) => {
      const exact = await losses(architecture, epochs, 'fp32');
      const rounded = await losses(architecture, epochs, 'bf16');
      for (const curve of [exact, rounded]) expect(curve.at(-1)!).toBeLessThan(0.75 * curve[0]!);
      rounded.forEach((loss, epoch) =>
        expect(Math.abs(loss - exact[epoch]!)).toBeLessThan(tolerance),
      );
      // Equal to the last digit would mean that nothing was computed in bfloat16.
      expect(rounded).not.toEqual(exact);
    },
    600_000,
  );
});

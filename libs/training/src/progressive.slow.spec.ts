import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { plain } from '@coatrack/images/testing';
import { selectEngine } from '@coatrack/kernels';
import { Classifier, findArchitecture } from '@coatrack/models';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ImageSet } from './dataset/image-set';
import { recipeSchema } from './recipe/recipe';
import { train } from './train';
import type { TrainingEvent } from './training-event';

let folder: string;
let images: ImageSet;

beforeAll(async () => {
  await selectEngine('wasm');
  folder = await mkdtemp(join(tmpdir(), 'progressive-'));
  const labels = Array.from({ length: 12 }, (_, index) => index % 2);
  const files = await Promise.all(
    labels.map((label, index) =>
      plain(80, 70, { r: label === 0 ? 220 : 20 + index, g: 60, b: 9 * index })
        .png()
        .toBuffer(),
    ),
  );
  images = { classes: ['warm', 'cold'], labels, read: async (index) => files[index]! };
});
afterAll(() => rm(folder, { recursive: true }));

const recipe = recipeSchema.parse({
  batchSize: 4,
  epochs: 2,
  warmupEpochs: 0,
  learningRate: 1e-4,
  validationFraction: 0.34,
  emaDecay: 0.9,
  stages: 2,
  firstImageSize: 32,
  imageSize: 64,
  augment: 'randaugment',
  firstMagnitude: 2,
  augmentMagnitude: 8,
  mixup: 0.2,
  firstMixup: 0,
  cropMin: 0.5,
  keep: 'best',
});

const checkpointOf = (step: number) => join(folder, `${step}.safetensors`);

async function run(name: string, resume?: string) {
  const architecture = findArchitecture(name);
  const classifier = new Classifier(architecture, { classes: 2, imageSize: 64, seed: 1 });
  const events: TrainingEvent[] = [];
  try {
    const result = await train({
      classifier,
      images,
      recipe,
      preprocessing: architecture.preprocessing,
      signal: new AbortController().signal,
      onEvent: (event) => void events.push(event),
      saveCheckpoint: (write, { step }) => write(checkpointOf(step)),
      checkpointSeconds: 0,
      resume,
    });
    const weights = await Promise.all(classifier.save().map(({ data }) => data()));
    return { result, weights, events };
  } finally {
    classifier.dispose();
  }
}

// Resumes within the first stage, and at its end.
it.each([
  ['efficientnetv2_b0', [1, 2]],
  ['coatnet_pico_rw_224', [2]],
])(
  'weights, optimizer and averages carry over a change of size, after a resume too: %s',
  async (name, steps) => {
    const undisturbed = await run(name);
    const stages = undisturbed.events.filter((event) => event.type === 'stage');
    expect(stages.map(({ imageSize, magnitude, mixup }) => [imageSize, magnitude, mixup])).toEqual([
      [32, 2, 0],
      [64, 8, 0.2],
    ]);
    for (const step of steps) {
      const resumed = await run(name, checkpointOf(step));
      expect(resumed.weights, `step ${step}`).toEqual(undisturbed.weights);
      expect(resumed.result.loss).toBe(undisturbed.result.loss);
    }
  },
  120_000,
);

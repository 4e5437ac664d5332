import { findArchitecture } from '@coatrack/models';
import { expect, it } from 'vitest';
import { recipeOf, smallTraining } from './testing/small-training';

const { run, checkpointOf } = smallTraining({ width: 80, height: 70 });

const recipe = recipeOf({
  epochs: 2,
  learningRate: 1e-4,
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

// Resumes within the first stage, and at its end.
it.each([
  ['efficientnetv2_b0', [1, 2]],
  ['coatnet_pico_rw_224', [2]],
])(
  'weights, optimizer and averages carry over a change of size, after a resume too: %s',
  async (name, steps) => {
    const architecture = findArchitecture(name);
    const undisturbed = await run(name, recipe, {
      architecture,
      checkpointSeconds: 0,
      saveCheckpoint: (write, { step }) => write(checkpointOf(name, step)),
    });
    const stages = undisturbed.events.filter((event) => event.type === 'stage');
    expect(stages.map(({ imageSize, magnitude, mixup }) => [imageSize, magnitude, mixup])).toEqual([
      [32, 2, 0],
      [64, 8, 0.2],
    ]);
    for (const step of steps) {
      const resumed = await run('again', recipe, {
        architecture,
        resume: checkpointOf(name, step),
      });
      expect(resumed.weights, `step ${step}`).toEqual(undisturbed.weights);
      expect(resumed.result.loss).toBe(undisturbed.result.loss);
    }
  },
  120_000,
);

import { createHash } from 'node:crypto';
import { selectEngine } from '@coatrack/kernels';
import { Classifier, findArchitecture } from '@coatrack/models';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { crossEntropy } from './loss';
import { recipeSchema } from './recipe/recipe';
import { inRehearsal } from './rehearsal';

it('puts weights, statistics and counters back, to the bit, whether its steps end well or not', async () => {
  await selectEngine('wasm');
  const architecture = findArchitecture('efficientnetv2_b0');
  const classifier = new Classifier(architecture, { classes: 2, imageSize: 32 });
  const recipe = recipeSchema.parse({ imageSize: 32, batchSize: 2 });
  const images = Float32Array.from({ length: 2 * 32 * 32 * 3 }, (_, place) =>
    Math.sin(place * place),
  );
  const batch = { images, labels: [0, 1], imageSize: 32 };
  const digestsNow = async () => {
    const tensors = classifier.save();
    return Promise.all(
      tensors.map(async ({ data }) =>
        createHash('sha256')
          .update(await data())
          .digest('hex'),
      ),
    );
  };
  const before = await digestsNow();
  const tensors = tf.memory().numTensors;
  let during: string[] = [];
  await inRehearsal(classifier, recipe, crossEntropy, async (trainStep) => {
    await trainStep.run([batch], { step: 1, learningRate: 0.1 });
    during = await digestsNow();
  });
  const changed = during.filter((digest, index) => digest !== before[index]);
  expect(changed.length).toBeGreaterThan(before.length / 2);
  expect(await digestsNow()).toEqual(before);

  const failing = inRehearsal(classifier, recipe, crossEntropy, async (trainStep) => {
    await trainStep.run([batch], { step: 1, learningRate: 0.1 });
    throw new Error('Cancelled');
  });
  await expect(failing).rejects.toThrow('Cancelled');
  expect(await digestsNow()).toEqual(before);
  expect(tf.memory().numTensors).toBe(tensors);
  classifier.dispose();
});

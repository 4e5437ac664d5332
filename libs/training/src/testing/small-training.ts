import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { plain } from '@coatrack/images/testing';
import { selectEngine } from '@coatrack/kernels';
import { type Architecture, Classifier, findArchitecture } from '@coatrack/models';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll } from 'vitest';
import type { ImageSet } from '../dataset/image-set';
import { type Recipe, type RecipeInput, recipeSchema } from '../recipe/recipe';
import { train, type TrainingOptions, type TrainingResult } from '../train';
import type { TrainingEvent } from '../training-event';

export interface Trained {
  result: TrainingResult;
  /** SHA-256 by tensor name */
  weights: Map<string, string>;
  events: TrainingEvent[];
}

export const recipeOf = (fields: RecipeInput): Recipe =>
  recipeSchema.parse({
    imageSize: 32,
    batchSize: 4,
    epochs: 3,
    warmupEpochs: 0,
    validationFraction: 0.34,
    ...fields,
  });

/**
 * Trainings on two classes, warm and cold colours, with 6 images each: a few steps separate them. The images and checkpoints
 * are there while the file's tests run.
 * @param size of the images, in pixels
 */
export function smallTraining(size = { width: 32, height: 32 }) {
  const b0 = findArchitecture('efficientnetv2_b0');
  let folder: string;
  let images: ImageSet;

  beforeAll(async () => {
    await selectEngine('wasm');
    folder = await mkdtemp(join(tmpdir(), 'train-'));
    const labels = Array.from({ length: 12 }, (_, index) => index % 2);
    const files = await Promise.all(
      labels.map((label, index) => {
        const [strong, weak] = [190 + 5 * index, 10 + 7 * index];
        const colour = label === 0 ? { r: strong, g: 60, b: weak } : { r: weak, g: 60, b: strong };
        return plain(size.width, size.height, colour).png().toBuffer();
      }),
    );
    images = { classes: ['warm', 'cold'], labels, read: async (index) => files[index]! };
  });
  afterAll(() => rm(folder, { recursive: true }));

  const checkpointOf = (name: string, reached: number) =>
    join(folder, `${name}-${reached}.safetensors`);

  /** Trains a fresh classifier to the end and keeps a checkpoint per epoch under `name`. */
  async function run(
    name: string,
    recipe: Recipe,
    { architecture = b0, ...options }: Partial<TrainingOptions> & Options = {},
  ): Promise<Trained> {
    const classifier = freshClassifier(recipe.imageSize, architecture);
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

  /** Returns a classifier with a zero head: random logits of two classes would start far off and hide what a few steps learn. */
  function freshClassifier(imageSize = 32, architecture: Architecture = b0): Classifier {
    const classifier = new Classifier(architecture, { classes: 2, imageSize, seed: 1 });
    for (const { spec, variable } of classifier.parameters) {
      if (spec.head) tf.tidy(() => variable.assign(tf.zeros(variable.shape)));
    }
    return classifier;
  }

  return {
    get images(): ImageSet {
      return images;
    },
    run,
    checkpointOf,
    freshClassifier,
  };
}

interface Options {
  /** EfficientNetV2-B0 unless given. */
  architecture?: Architecture;
}

export async function weightsOf(classifier: Classifier): Promise<Map<string, string>> {
  const weights = new Map<string, string>();
  for (const { name, data } of classifier.save()) weights.set(name, digestOf(await data()));
  return weights;
}

/** Returns the SHA-256 of a tensor's values, hexadecimal. */
export function digestOf(values: NodeJS.ArrayBufferView): string {
  return createHash('sha256').update(values).digest('hex');
}

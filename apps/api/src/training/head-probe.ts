import type { Architecture, Classifier, Preprocessing } from '@coatrack/models';
import {
  fitProbe,
  type Probe,
  type Recipe,
  requireProbeMemory,
  type Split,
  type TrainingResult,
} from '@coatrack/training';
import * as tf from '@tensorflow/tfjs-core';
import type { OpenImageSet } from '../datasets/datasets.service';
import type { Run } from '../jobs/job-work';
import { availableMemory } from '../platform/available-memory';
import type { VersionFeatures } from '../registry/features/version-features';
import type { VersionRecord } from '../registry/models/model';
import { trainingReporter, type FineTuneShape } from './training-progress';

export interface ProbeMaterials {
  architecture: Architecture;
  parent: VersionRecord;
  images: OpenImageSet;
  split: Split;
  recipe: Recipe;
  /** Classifier with the parent's weights. */
  classifier: Classifier;
  preprocessing: Preprocessing;
}

/** Result of a training by any method. */
export type Trained = Omit<TrainingResult, 'seconds' | 'imagesPerSecond' | 'history'>;

/**
 * Gives a classifier the head that a linear probe of its features makes.
 * @param share of the whole job's progress that this is
 * @returns the probe, and images per second of the features
 */
export async function probeHead(
  run: Run<FineTuneShape>,
  features: VersionFeatures,
  { architecture, parent, images, split, recipe, classifier, preprocessing }: ProbeMaterials,
  share: number,
): Promise<{ probe: Probe; imagesPerSecond: number }> {
  const { imageSize } = recipe;
  const total = images.labels.length;
  const planned = { architecture, imageSize, classes: images.classes.length, images: total };
  requireProbeMemory(planned, await availableMemory());
  const report = trainingReporter(run, null);
  const started = performance.now();
  const imagesPerSecond = (done: number) => (1000 * done) / (performance.now() - started);
  const asked = {
    images,
    architecture,
    weights: parent.blob,
    preprocessing,
    precision: recipe.precision,
    batchSize: recipe.batchSize,
    open: async () => classifier,
  };
  const computed = await features.read(asked, run.signal, (done) =>
    report({
      type: 'features',
      done,
      total,
      imagesPerSecond: imagesPerSecond(done),
      etaSeconds: (total - done) / imagesPerSecond(done),
      progress: (share * done) / total,
    }),
  );
  const pace = imagesPerSecond(total);
  const probe = await fitProbe(computed, images, split, run.signal);
  classifier.setHead(probe.weights, probe.bias);
  return { probe, imagesPerSecond: pace };
}

/**
 * Makes a whole training of a linear probe: one step, one epoch.
 * @returns the figures of the images held out for validation
 */
export async function trainProbe(
  run: Run<FineTuneShape>,
  features: VersionFeatures,
  materials: ProbeMaterials,
): Promise<Trained> {
  const report = trainingReporter(run, 'probe');
  const { split, recipe } = materials;
  await report({
    type: 'started',
    engine: tf.getBackend(),
    steps: 1,
    epochs: 1,
    trainImages: split.train.length,
    validationImages: split.validation.length,
  });
  const { probe, imagesPerSecond } = await probeHead(run, features, materials, 1);
  const { leftOutEvaluation, validation } = probe;
  await report({
    type: 'epoch',
    epoch: 1,
    step: 1,
    trainLoss: leftOutEvaluation.loss,
    trainTop1: leftOutEvaluation.top1,
    validationLoss: validation.loss,
    top1: validation.top1,
    top5: validation.top5,
    imagesPerSecond,
    etaSeconds: 0,
    progress: 1,
  });
  return { ...validation, recipe, keptEpochs: [1], epochs: 1, steps: 1 };
}

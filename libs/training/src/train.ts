import { setImmediate as nextTurn } from 'node:timers/promises';
import { noAugmentation } from '@coatrack/images';
import type { Classifier, Preprocessing, WriteGuard } from '@coatrack/models';
import * as tf from '@tensorflow/tfjs-core';
import { restoreCheckpoint, writeCheckpoint } from './checkpoint';
import type { ImageSet } from './dataset/image-set';
import { splitDataset } from './dataset/split';
import { evaluate, predictorOf } from './evaluate';
import type { Evaluation } from './metrics';
import { createOptimizer } from './optimizers/create-optimizer';
import { type Batch, evaluationView, ImageLoader, inBatches, trainingView } from './image-loader';
import { requirePrecision } from './precision';
import { inGroups } from './ordered';
import { ProgressMeter } from './progress-meter';
import { shuffled } from './random';
import { type Recipe, recipeSchema } from './recipe/recipe';
import { learningRateAt, type Schedule } from './schedule/schedule';
import { TrainingDivergedError, TrainStep } from './train-step';
import type { EpochRow, TrainingEvent } from './training-event';
import { WeightAverages } from './weight-averages';

export interface TrainingOptions {
  classifier: Classifier;
  images: ImageSet;
  recipe: Recipe;
  /** of the architecture, or of the version that training starts from; its image size gives way to the recipe's */
  preprocessing: Preprocessing;
  /** looked at between steps; the training then rejects with its reason */
  signal: AbortSignal;
  onEvent(event: TrainingEvent): void | Promise<void>;
  /** path of a checkpoint of a training with the same recipe and images: goes on from there, to the same result */
  resume?: string;
  /**
   * Called after each epoch and, between two steps, once the last checkpoint is old: `write(path)` writes the checkpoint,
   * whole or not at all.
   * @param reached finished epochs and steps
   */
  saveCheckpoint(
    write: (path: string, guard?: WriteGuard) => Promise<void>,
    reached: { epoch: number; step: number },
  ): Promise<void>;
  /** Age at which a checkpoint is followed by the next one within an epoch. */
  checkpointSeconds?: number;
  /** Memory for decoded images, in bytes; a quarter of what is available unless given. */
  cacheBytes?: number;
}

const defaultCheckpointSeconds = 300;

/** Metrics and confusion are those of the weights at the end, on the images held out for validation. */
export interface TrainingResult extends Evaluation {
  epochs: number;
  steps: number;
  /** of this run: what was done before a resume is not in it */
  seconds: number;
  /** in training steps, over this run */
  imagesPerSecond: number;
  history: EpochRow[];
}

/**
 * Trains a classifier on the engine chosen before. Leaves the event loop a turn after every step. With emaDecay, averages
 * of the weights are what is validated, and what the classifier has in the end.
 * @throws PrecisionError, TrainingDivergedError, CheckpointError, RangeError, the signal's reason
 */
export async function train(options: TrainingOptions): Promise<TrainingResult> {
  const { classifier, images, signal, onEvent, saveCheckpoint } = options;
  const { checkpointSeconds = defaultCheckpointSeconds } = options;
  // A recipe that was kept since before a field came up doesn't have it.
  const recipe = recipeSchema.parse(options.recipe);
  requirePrecision(recipe.precision);
  const { epochs, batchSize, accumulation, imageSize, flip, seed } = recipe;
  if (classifier.imageSize !== imageSize || classifier.classes !== images.classes.length) {
    throw new RangeError(
      `The classifier takes ${classifier.imageSize} px and ${classifier.classes} classes; recipe and images have ${imageSize} px and ${images.classes.length} classes`,
    );
  }
  const split = splitDataset(images, recipe);
  if (recipe.trainable === 'all' && Math.min(batchSize, split.train.length) < 2) {
    throw new RangeError(
      'A step that trains all weights takes at least 2 images, for its batch norms: raise batchSize, add images, or train the head alone',
    );
  }
  const augmentation = { ...noAugmentation, flip };
  const { cacheBytes } = options;
  const loader = new ImageLoader(images, { ...options.preprocessing, imageSize }, { cacheBytes });
  const stepsPerEpoch = stepsPerEpochOf(split.train.length, recipe);
  const schedule: Schedule = {
    ...recipe,
    peak: recipe.learningRate,
    minimum: recipe.minLearningRate,
    warmupSteps: Math.round(recipe.warmupEpochs * stepsPerEpoch),
    steps: epochs * stepsPerEpoch,
    stepsPerEpoch,
  };
  const parameters = classifier.parameters.filter(
    ({ spec }) => spec.head || recipe.trainable === 'all',
  );
  const optimizer = createOptimizer(parameters, recipe);
  const trainStep = new TrainStep(classifier, parameters, optimizer, recipe);
  const moving =
    recipe.trainable === 'all' ? [...parameters, ...classifier.statistics] : parameters;
  const averages = recipe.emaDecay > 0 ? new WeightAverages(moving, recipe.emaDecay) : undefined;
  const slots = [...optimizer.slots, ...(averages?.slots ?? [])];
  const evaluateNow = () =>
    evaluate(
      predictorOf(classifier),
      loader.batches(inBatches(split.validation, batchSize), evaluationView),
      signal,
    );
  const validate = () => (averages ? averages.during(evaluateNow) : evaluateNow());

  try {
    const state = options.resume
      ? await restoreCheckpoint(options.resume, { classifier, slots, recipe })
      : { epoch: 0, step: 0, history: [], underWay: null };
    let lastCheckpoint = performance.now();
    const keep = async () => {
      const info = { ...state, recipe };
      const { epoch, step } = state;
      await saveCheckpoint(
        (path, guard) => writeCheckpoint(path, { classifier, slots, info }, guard),
        {
          epoch,
          step,
        },
      );
      lastCheckpoint = performance.now();
    };
    let evaluation: Evaluation | undefined;
    const meter = new ProgressMeter(state.step, schedule.steps);
    await onEvent({
      type: 'started',
      engine: tf.getBackend(),
      steps: schedule.steps,
      epochs,
      trainImages: split.train.length,
      validationImages: split.validation.length,
    });

    while (state.epoch < epochs) {
      const epoch = state.epoch + 1;
      const order = inBatches(shuffled(split.train, seed, epoch), batchSize);
      const batches = [...order].slice(0, stepsPerEpoch * accumulation);
      const view = trainingView({ augmentation, seed, epoch });
      meter.startEpoch(state.underWay);
      const left = batches.slice((state.step - state.epoch * stepsPerEpoch) * accumulation);
      for await (const step of inGroups(loader.batches(left, view), accumulation)) {
        signal.throwIfAborted();
        const learningRate = learningRateAt(state.step, schedule);
        state.step++;
        const { loss, correct } = await trainStep.run(step, { step: state.step, learningRate });
        averages?.update(state.step);
        meter.add(imagesOf(step), loss, correct);
        if (meter.isDue()) {
          await onEvent({
            type: 'step',
            step: state.step,
            epoch,
            loss,
            learningRate,
            ...meter.now(),
          });
        }
        await nextTurn();
        const isOld = performance.now() - lastCheckpoint >= checkpointSeconds * 1000;
        if (isOld && state.step < epoch * stepsPerEpoch) {
          state.underWay = meter.underWay();
          await keep();
        }
      }

      const { trainLoss, trainTop1, imagesPerSecond } = meter.endEpoch();
      evaluation = await validate();
      const { top1, top5, loss: validationLoss } = evaluation;
      if (!Number.isFinite(validationLoss)) {
        throw new TrainingDivergedError(state.step, `the validation loss is ${validationLoss}`);
      }
      const row = {
        epoch,
        step: state.step,
        trainLoss,
        trainTop1,
        validationLoss,
        top1,
        top5,
        imagesPerSecond,
      };
      state.epoch = epoch;
      state.underWay = null;
      state.history.push(row);
      // First told, then kept: a training that is cut off in between tells it again, none goes missing.
      const { etaSeconds, progress } = meter.now();
      await onEvent({ type: 'epoch', ...row, etaSeconds, progress });
      await keep();
    }

    // A training that was cut off after its last checkpoint has nothing left to do but this.
    evaluation ??= await validate();
    averages?.replaceWeights();
    return { ...evaluation, epochs, steps: state.step, ...meter.total(), history: state.history };
  } finally {
    optimizer.dispose();
    averages?.dispose();
    await loader.close();
  }
}

/**
 * Returns the steps of an epoch. The last, incomplete batch is left out: its few images would make noisy batch statistics.
 * @throws RangeError when the images don't make one step of several batches
 */
function stepsPerEpochOf(
  images: number,
  { batchSize, accumulation }: Pick<Recipe, 'batchSize' | 'accumulation'>,
): number {
  if (accumulation > 1 && images < batchSize * accumulation) {
    throw new RangeError(
      `A step takes ${batchSize * accumulation} images (batchSize ${batchSize} times accumulation ${accumulation}), and ${images} are there to train with: lower accumulation or batchSize, or add images`,
    );
  }
  return Math.max(1, Math.floor(images / (batchSize * accumulation)));
}

const imagesOf = (batches: readonly Batch[]) =>
  batches.reduce((sum, { labels }) => sum + labels.length, 0);

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Classifier, Parameter, Preprocessing, WriteGuard } from '@coatrack/models';
import * as tf from '@tensorflow/tfjs-core';
import { isOutOfPatience } from './best-epochs';
import { balancedLoss } from './class-balance';
import {
  readCheckpointInfo,
  requireRecipe,
  restoreCheckpoint,
  writeCheckpoint,
} from './checkpoint';
import type { ImageSet } from './dataset/image-set';
import { TrainingDivergedError } from './divergence';
import { evaluate, predictorOf } from './evaluate';
import type { Evaluation } from './metrics';
import type { Batch } from './image-loader';
import { KeptWeights } from './kept-weights';
import { crossEntropy } from './loss';
import { requirePrecision } from './precision';
import { ProgressMeter } from './progress-meter';
import { stageOf } from './progressive';
import { type Recipe, recipeSchema } from './recipe/recipe';
import { settlePlan, type SettledPlan } from './settle-plan';
import type { EpochRow, TrainingEvent } from './training-event';
import { learningParameters } from './train-step';
import { TrainingPhase } from './training-phase';
import { TrainingImages } from './training-images';
import { phaseOf, settledRecipe } from './training-plan';
import { WeightAverages } from './weight-averages';

export interface TrainingOptions {
  classifier: Classifier;
  images: ImageSet;
  recipe: Recipe;
  /**
   * preprocessing of the architecture, or of the version that training starts from; the recipe's image size overrides its own
   */
  preprocessing: Preprocessing;
  /** checked between steps; the training then rejects with its reason */
  signal: AbortSignal;
  onEvent(event: TrainingEvent): void | Promise<void>;
  /** path of a checkpoint of a training with the same recipe and images; resumes from there, with the same result */
  resume?: string;
  /**
   * Called after each epoch and, between two steps, once the last checkpoint is old. `write(path)` writes the checkpoint
   * atomically.
   * @param reached finished epochs and steps
   */
  saveCheckpoint(
    write: (path: string, guard?: WriteGuard) => Promise<void>,
    reached: { epoch: number; step: number },
  ): Promise<void>;
  /** Minimum interval between checkpoints within an epoch. */
  checkpointSeconds?: number;
  /** Memory for decoded images, in bytes; defaults to a quarter of the available memory. */
  cacheBytes?: number;
}

const defaultCheckpointSeconds = 300;

/** Metrics and confusion of the classifier's final weights, on the images held out for validation. */
export interface TrainingResult extends Evaluation {
  /** Epochs that the weights come from. If there are several, the weights are their average. */
  keptEpochs: number[];
  /** the requested recipe with the values settled before the first step; repeats the training without measuring anything */
  recipe: Recipe;
  /** fewer than the recipe's if it ended early */
  epochs: number;
  steps: number;
  /** of this run, without the time before a resume */
  seconds: number;
  /** speed of training steps over this run */
  imagesPerSecond: number;
  history: EpochRow[];
}

/**
 * Trains a classifier on the engine chosen before. Yields to the event loop after every step. With emaDecay, averages of the
 * weights are validated and become the classifier's final weights.
 * @throws PrecisionError, TrainingDivergedError, CheckpointError, RangeError, the signal's reason
 */
export async function train(options: TrainingOptions): Promise<TrainingResult> {
  const { classifier, images, signal, onEvent, saveCheckpoint } = options;
  const { checkpointSeconds = defaultCheckpointSeconds } = options;
  // An older stored recipe lacks fields that were added later.
  const recipe = recipeSchema.parse(options.recipe);
  requirePrecision(recipe.precision);
  const started = performance.now();
  const { accumulation, imageSize } = recipe;
  if (classifier.imageSize !== imageSize || classifier.classes !== images.classes.length) {
    throw new RangeError(
      `The classifier takes ${classifier.imageSize} px and ${classifier.classes} classes; recipe and images have ${imageSize} px and ${images.classes.length} classes`,
    );
  }
  const resumed = options.resume ? await readCheckpointInfo(options.resume) : undefined;
  if (resumed) requireRecipe(resumed, recipe);
  const data = new TrainingImages(images, recipe, options.preprocessing, options.cacheBytes);
  const { split, classCounts } = data;
  const loss = balancedLoss(recipe, classCounts);
  let phase: TrainingPhase | undefined;
  let averages: WeightAverages | undefined;
  try {
    const elapsed = () => (performance.now() - started) / 1000;
    const { plan, curve }: SettledPlan = resumed?.plan
      ? { plan: resumed.plan }
      : await settlePlan(classifier, data, recipe, loss, { elapsed, signal });
    const { stepsPerEpoch } = plan;
    const { imageSizes } = classifier.architecture;
    const changing = changingWeights(classifier, recipe);
    averages = recipe.emaDecay > 0 ? new WeightAverages(changing, recipe.emaDecay) : undefined;
    const kept = new KeptWeights(changing, recipe.keep);
    const evaluateNow = () => evaluate(predictorOf(classifier), data.validation(), signal);
    const validate = () => (averages ? averages.during(evaluateNow) : evaluateNow());
    const state = {
      epoch: resumed?.epoch ?? 0,
      step: resumed?.step ?? 0,
      history: resumed?.history ?? [],
      underWay: resumed?.underWay ?? null,
    };
    const phaseNow = () => phaseOf(Math.min(state.epoch + 1, plan.epochs), plan, recipe);
    phase = new TrainingPhase(classifier, phaseNow(), recipe, loss);
    const tensors = () => {
      const slots = [...phase!.slots, ...(averages?.slots ?? [])];
      return { classifier, slots, kept };
    };
    if (options.resume) {
      const headSteps = Math.min(plan.headEpochs * stepsPerEpoch, state.step);
      const batches = recipe.trainable === 'all' ? (state.step - headSteps) * accumulation : 0;
      await restoreCheckpoint(options.resume, tensors(), batches);
    }
    let lastCheckpoint = performance.now();
    const keep = async () => {
      const info = { ...state, recipe, plan };
      const { epoch, step } = state;
      await saveCheckpoint((path, guard) => writeCheckpoint(path, { ...tensors(), info }, guard), {
        epoch,
        step,
      });
      lastCheckpoint = performance.now();
    };
    let evaluation: Evaluation | undefined;
    const meter = new ProgressMeter(state.step, plan.epochs * stepsPerEpoch);
    await onEvent({
      type: 'started',
      engine: tf.getBackend(),
      steps: plan.epochs * stepsPerEpoch,
      epochs: plan.epochs,
      trainImages: split.train.length,
      validationImages: split.validation.length,
      ...(loss === crossEntropy && recipe.balance === 'none' ? {} : { classCounts }),
      ...(curve ? { learningRate: plan.learningRate, curve } : {}),
    });

    while (state.epoch < plan.epochs && !isOutOfPatience(state.history, recipe, plan)) {
      const epoch = state.epoch + 1;
      meter.startEpoch(state.underWay);
      const done = state.step - state.epoch * stepsPerEpoch;
      const stage = stageOf(epoch, plan, recipe, imageSizes);
      if (recipe.stages > 1) {
        await onEvent({ type: 'stage', epoch, stages: recipe.stages, ...stage });
      }
      for await (const step of data.steps(epoch, stepsPerEpoch, stage, done)) {
        signal.throwIfAborted();
        state.step++;
        const { loss, correct, learningRate } = await phase.run(step, state.step, stage.dropRate);
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
        throw new TrainingDivergedError(
          state.step,
          `the validation loss is ${validationLoss}`,
          recipe,
        );
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
      const validated = averages?.averages ?? changing.map(({ variable }) => variable);
      await kept.offer({ epoch, top1, validationLoss }, validated);
      // The event comes before the checkpoint: an interrupted training repeats the event rather than losing it.
      const { etaSeconds, progress } = meter.now();
      await onEvent({ type: 'epoch', ...row, etaSeconds, progress });
      // A checkpoint holds the optimizer of the next step.
      if (phaseNow().firstStep !== phase.phase.firstStep) {
        phase.dispose();
        phase = new TrainingPhase(classifier, phaseNow(), recipe, loss);
      }
      await keep();
    }

    // A training interrupted after its last checkpoint has only this left to do.
    const settled =
      recipe.keep === 'last'
        ? { evaluation: evaluation ?? (await validate()), keptEpochs: [state.epoch] }
        : await kept.settle(evaluateNow);
    if (recipe.keep === 'last') averages?.replaceWeights();
    return {
      ...settled.evaluation,
      keptEpochs: settled.keptEpochs,
      recipe: settledRecipe(recipe, plan),
      epochs: state.epoch,
      steps: state.step,
      ...meter.total(),
      history: state.history,
    };
  } finally {
    phase?.dispose();
    averages?.dispose();
    await data.close();
  }
}

/** Returns the weights and statistics that a training changes. */
function changingWeights(classifier: Classifier, { trainable }: Recipe): Parameter[] {
  const learning = learningParameters(classifier, trainable);
  return trainable === 'all' ? [...learning, ...classifier.statistics] : [...learning];
}

const imagesOf = (batches: readonly Batch[]) =>
  batches.reduce((sum, { labels }) => sum + labels.length, 0);

import type { Classifier } from '@coatrack/models';
import type { Loss } from './class-balance';
import { evaluate, predictorOf } from './evaluate';
import { findLearningRate, type LearningRatePoint } from './learning-rate-finder';
import { measureSteps } from './pace';
import { type Stage, stagesOf } from './progressive';
import type { Recipe } from './recipe/recipe';
import { inRehearsal } from './rehearsal';
import type { TrainingImages } from './training-images';
import { type Pace, planOf, planWithin, type TrainingPlan } from './training-plan';

/** Share of a budget that measuring may use. */
const measuringShare = 0.05;

/** Maximum number of batches to measure validation on. */
const validationBatches = 4;

export interface SettledPlan {
  plan: TrainingPlan;
  /** Losses from the search for a learning rate, if there was one. */
  curve?: LearningRatePoint[];
}

/**
 * Settles the values that the recipe leaves open: finds a learning rate, and measures how many epochs fit into the budget.
 * Afterwards the classifier is unchanged, to the bit.
 * @param elapsed returns the seconds since the training began
 * @throws RangeError when the images don't make one step, or no learning rate is found; the signal's reason
 */
export async function settlePlan(
  classifier: Classifier,
  images: TrainingImages,
  recipe: Recipe,
  loss: Loss,
  { elapsed, signal }: { elapsed: () => number; signal: AbortSignal },
): Promise<SettledPlan> {
  const plan = planOf(images.split.train.length, recipe);
  const { learningRate, budgetMinutes } = recipe;
  if (learningRate > 0 && budgetMinutes === 0) return { plan };
  const stages = stagesOf(recipe, classifier.architecture.imageSizes);
  const stepsOf = (stage: Stage) => images.endlessSteps(plan.stepsPerEpoch, stage);
  const rehearse = <Result>(run: Parameters<typeof inRehearsal<Result>>[3]) =>
    inRehearsal(classifier, recipe, loss, run);
  const found =
    learningRate > 0
      ? undefined
      : await rehearse((trainStep) => findLearningRate(trainStep, stepsOf(stages.at(-1)!), signal));
  const withRate = { ...plan, learningRate: found?.learningRate ?? learningRate };
  const curve = found ? { curve: found.curve } : {};
  if (budgetMinutes === 0) return { plan: withRate, ...curve };

  const budget = 60 * budgetMinutes;
  const limits = { limitSeconds: (measuringShare * budget) / stages.length, signal };
  const seconds: number[] = [];
  for (const stage of stages) {
    seconds.push(await rehearse((trainStep) => measureSteps(trainStep, stepsOf(stage), limits)));
  }
  const pace: Pace = {
    step: seconds.reduce((sum, each) => sum + each, 0) / stages.length,
    validation: await measureValidation(classifier, images, recipe, signal),
  };
  return { plan: planWithin(budget - elapsed(), withRate, pace, recipe), ...curve };
}

/** Returns the estimated seconds per validation. */
async function measureValidation(
  classifier: Classifier,
  images: TrainingImages,
  { batchSize }: Recipe,
  signal: AbortSignal,
): Promise<number> {
  const started = performance.now();
  await evaluate(predictorOf(classifier), images.validation(validationBatches), signal);
  const seconds = (performance.now() - started) / 1000;
  const all = images.split.validation.length;
  return (seconds * all) / Math.min(all, validationBatches * batchSize);
}

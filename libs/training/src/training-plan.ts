import { keptEpochs } from './kept-weights';
import type { Recipe } from './recipe/recipe';
import type { Schedule } from './schedule/schedule-shapes';

/** Values that a training settles before its first step, from its recipe, its images and its measurements. */
export interface TrainingPlan {
  /** Number of epochs; with early stopping, the maximum. */
  epochs: number;
  /** Number of first epochs in which only the classifier head learns. */
  headEpochs: number;
  /** Warm-up epochs of the phase in which all weights learn. */
  warmupEpochs: number;
  stepsPerEpoch: number;
  /** The highest learning rate. */
  learningRate: number;
}

/** Seconds per part of a training. */
export interface Pace {
  step: number;
  validation: number;
}

/** A range of steps in which the same weights learn, with its own schedule and optimizer. */
export interface Phase {
  trainable: Recipe['trainable'];
  /** Number of steps before it. */
  firstStep: number;
  schedule: Schedule;
}

/**
 * Returns the plan that follows from the recipe alone. The last, incomplete batch of an epoch is left out, because its few
 * images would make noisy batch statistics.
 * @param images number of images to train with
 * @throws RangeError when the images don't make one step
 */
export function planOf(images: number, recipe: Recipe): TrainingPlan {
  const { epochs, headEpochs, warmupEpochs, learningRate, batchSize, accumulation, trainable } =
    recipe;
  if (trainable === 'all' && Math.min(batchSize, images) < 2) {
    throw new RangeError(
      'A step that trains all weights takes at least 2 images, for its batch norms: raise batchSize, add images, or train the head alone',
    );
  }
  if (batchSize < 1) throw new RangeError('The batch size is to be settled before the training');
  const perStep = batchSize * accumulation;
  if (accumulation > 1 && images < perStep) {
    throw new RangeError(
      `A step takes ${perStep} images (batchSize ${batchSize} times accumulation ${accumulation}), and ${images} are there to train with: lower accumulation or batchSize, or add images`,
    );
  }
  const stepsPerEpoch = Math.max(1, Math.floor(images / perStep));
  return { epochs, headEpochs, warmupEpochs, stepsPerEpoch, learningRate };
}

/** Share of a budget to plan with, because steps may turn out slower than the measured ones. */
const planned = 0.9;

/**
 * Returns a plan whose schedule ends within the given time. It has fewer epochs, with the head's and the warm-up's in
 * proportion, or as many steps as fit if not even one epoch does.
 * @param seconds time left
 */
export function planWithin(
  seconds: number,
  plan: TrainingPlan,
  { step, validation }: Pace,
  { keep }: Pick<Recipe, 'keep'>,
): TrainingPlan {
  // Kept weights are validated again at the end.
  const usable = planned * seconds - validation * keptEpochs[keep];
  const epochs = Math.floor(usable / (plan.stepsPerEpoch * step + validation));
  if (epochs >= plan.epochs) return plan;
  if (epochs < 1) {
    const steps = Math.max(1, Math.floor((usable - validation) / step));
    const stepsPerEpoch = Math.min(plan.stepsPerEpoch, steps);
    return { ...plan, ...shortened(plan, 1), stepsPerEpoch };
  }
  return { ...plan, ...shortened(plan, epochs) };
}

/**
 * Shortens the epochs of a plan in proportion. At least one epoch trains all weights, and the warm-up is shorter than those
 * epochs.
 */
function shortened(
  plan: TrainingPlan,
  epochs: number,
): Pick<TrainingPlan, 'epochs' | 'headEpochs' | 'warmupEpochs'> {
  const share = epochs / plan.epochs;
  const headEpochs = Math.min(Math.ceil(plan.headEpochs * share), epochs - 1);
  const warmupEpochs = Math.min(plan.warmupEpochs * share, (epochs - headEpochs) / 2);
  return { epochs, headEpochs, warmupEpochs };
}

/** Returns the recipe that repeats a training without measuring anything. */
export function settledRecipe(recipe: Recipe, plan: TrainingPlan): Recipe {
  const { epochs, headEpochs, warmupEpochs, learningRate } = plan;
  const minLearningRate = Math.min(recipe.minLearningRate, learningRate);
  const patience = recipe.patience < epochs - headEpochs ? recipe.patience : 0;
  const settled = { epochs, headEpochs, warmupEpochs, learningRate, minLearningRate, patience };
  return { ...recipe, ...settled, budgetMinutes: 0 };
}

/**
 * Returns the phase that an epoch belongs to.
 * @param epoch 1-based
 */
export function phaseOf(epoch: number, plan: TrainingPlan, recipe: Recipe): Phase {
  const { epochs, headEpochs, warmupEpochs, stepsPerEpoch, learningRate: peak } = plan;
  const minimum = Math.min(recipe.minLearningRate, peak);
  const headSteps = headEpochs * stepsPerEpoch;
  const common = { peak, minimum, stepsPerEpoch, ...pickStairs(recipe) };
  if (epoch <= headEpochs) {
    const steps = { warmupSteps: 0, steps: headSteps };
    return {
      trainable: 'head',
      firstStep: 0,
      schedule: { ...common, ...steps, schedule: 'constant' },
    };
  }
  return {
    trainable: recipe.trainable,
    firstStep: headSteps,
    schedule: {
      ...common,
      schedule: recipe.schedule,
      warmupSteps: Math.round(warmupEpochs * stepsPerEpoch),
      steps: epochs * stepsPerEpoch - headSteps,
    },
  };
}

const pickStairs = ({ staircaseRate, staircaseEpochs }: Recipe) => ({
  staircaseRate,
  staircaseEpochs,
});

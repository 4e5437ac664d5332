import { keptEpochs } from './kept-weights';
import type { Recipe } from './recipe/recipe';
import type { Schedule } from './schedule/schedule-shapes';

/** What a training settles before its first step: from its recipe, its images and what it measured. */
export interface TrainingPlan {
  /** With early stopping, the most there may be. */
  epochs: number;
  /** The first epochs, in which the classifier head learns alone. */
  headEpochs: number;
  /** Of the phase in which all weights learn. */
  warmupEpochs: number;
  stepsPerEpoch: number;
  /** The highest one. */
  learningRate: number;
}

/** Seconds that parts of a training take. */
export interface Pace {
  step: number;
  validation: number;
}

/** Steps in which the same weights learn, with a schedule and an optimizer of their own. */
export interface Phase {
  trainable: Recipe['trainable'];
  /** Steps before it. */
  firstStep: number;
  schedule: Schedule;
}

/**
 * Returns the plan that the recipe alone makes. The last, incomplete batch of an epoch is left out: its few images would make
 * noisy batch statistics.
 * @param images to train with
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

/** Of a budget, what may be planned with: steps may turn out slower than those that were measured. */
const planned = 0.9;

/**
 * Returns a plan whose schedule ends within some time: with fewer epochs, the head's and the warm-up in proportion, or where not
 * even one fits, with as many steps as do.
 * @param seconds that are left
 */
export function planWithin(
  seconds: number,
  plan: TrainingPlan,
  { step, validation }: Pace,
  { keep }: Pick<Recipe, 'keep'>,
): TrainingPlan {
  // What is kept is validated again in the end.
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

/** The epochs of a plan in proportion; of few, at least one trains all weights, and less than it warms up. */
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

import type { Recipe } from './recipe/recipe';
import type { Schedule } from './schedule/schedule';

/** What a training settles before its first step: from its recipe, its images and what it measured. */
export interface TrainingPlan {
  /** With early stopping, the most there may be. */
  epochs: number;
  /** The first epochs, in which the classifier head learns alone. */
  headEpochs: number;
  stepsPerEpoch: number;
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
export function planOf(
  images: number,
  {
    epochs,
    headEpochs,
    batchSize,
    accumulation,
    trainable,
  }: Pick<Recipe, 'epochs' | 'headEpochs' | 'batchSize' | 'accumulation' | 'trainable'>,
): TrainingPlan {
  if (trainable === 'all' && Math.min(batchSize, images) < 2) {
    throw new RangeError(
      'A step that trains all weights takes at least 2 images, for its batch norms: raise batchSize, add images, or train the head alone',
    );
  }
  const perStep = batchSize * accumulation;
  if (accumulation > 1 && images < perStep) {
    throw new RangeError(
      `A step takes ${perStep} images (batchSize ${batchSize} times accumulation ${accumulation}), and ${images} are there to train with: lower accumulation or batchSize, or add images`,
    );
  }
  return { epochs, headEpochs, stepsPerEpoch: Math.max(1, Math.floor(images / perStep)) };
}

/**
 * Returns the phase that an epoch belongs to.
 * @param epoch 1-based
 */
export function phaseOf(epoch: number, plan: TrainingPlan, recipe: Recipe): Phase {
  const { epochs, headEpochs, stepsPerEpoch } = plan;
  const { learningRate: peak, minLearningRate: minimum } = recipe;
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
      warmupSteps: Math.round(recipe.warmupEpochs * stepsPerEpoch),
      steps: epochs * stepsPerEpoch - headSteps,
    },
  };
}

const pickStairs = ({ staircaseRate, staircaseEpochs }: Recipe) => ({
  staircaseRate,
  staircaseEpochs,
});

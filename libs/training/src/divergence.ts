import type { Recipe } from './recipe/recipe';
import { usualLearningRate } from './recipe/recipe-defaults';

/** Thrown when the loss or the gradients are no longer finite. Earlier checkpoints remain valid. */
export class TrainingDivergedError extends Error {
  override readonly name = 'TrainingDivergedError';
  readonly code = 'TRAINING_DIVERGED';

  /** @param what is no longer a number */
  constructor(
    /** 1-based */
    readonly step: number,
    what: string,
    recipe: Recipe,
  ) {
    const causes = likelyCauses(recipe);
    const advice =
      causes.length > 0
        ? `Likely causes: ${causes.join('; ')}`
        : 'A lower learning rate or a longer warm-up helps';
    super(`The training diverged at step ${step}: ${what}. ${advice}`);
  }
}

/** Returns the settings in a recipe that may cause divergence, each with its value. */
function likelyCauses(recipe: Recipe): string[] {
  const { optimizer, learningRate, headFactor, clipNorm, warmupEpochs, schedule, precision } =
    recipe;
  const usual = usualLearningRate(optimizer);
  const causes = [
    learningRate > usual &&
      `learningRate ${learningRate} is above ${usual}, the usual one of ${optimizer}`,
    headFactor > 10 && `headFactor ${headFactor} multiplies the learning rate of the head`,
    clipNorm === 0 && 'clipNorm is 0, so that gradients of any size are taken',
    warmupEpochs === 0 &&
      schedule !== 'one-cycle' &&
      'warmupEpochs is 0, so that the first steps are as large as any',
    precision === 'bf16' && 'precision is bf16, which is less exact than fp32',
  ];
  return causes.filter((cause) => cause !== false);
}

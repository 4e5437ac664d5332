import type { Classifier } from '@coatrack/models';
import type { Loss } from './class-balance';
import type { Batch } from './image-loader';
import { createOptimizer } from './optimizers/create-optimizer';
import type { Optimizer, Slot } from './optimizers/optimizer';
import type { Recipe } from './recipe/recipe';
import { learningRateAt } from './schedule/schedule';
import { learningParameters, type StepOutcome, TrainStep } from './train-step';
import type { Phase } from './training-plan';

/** A phase under way, with its learning parameters and a fresh optimizer. */
export class TrainingPhase {
  private readonly optimizer: Optimizer;
  private readonly trainStep: TrainStep;

  constructor(
    classifier: Classifier,
    readonly phase: Phase,
    recipe: Recipe,
    loss: Loss,
  ) {
    const { trainable } = phase;
    const parameters = learningParameters(classifier, trainable);
    this.optimizer = createOptimizer(parameters, recipe);
    const own = { ...recipe, trainable };
    this.trainStep = new TrainStep(classifier, parameters, this.optimizer, own, loss);
  }

  get slots(): readonly Slot[] {
    return this.optimizer.slots;
  }

  /**
   * Runs a step of the training.
   * @param batches batches of equal size
   * @param step 1-based, of the whole training
   * @param dropRate dropout before the head
   * @throws TrainingDivergedError, TrainingMemoryError
   */
  async run(
    batches: readonly Batch[],
    step: number,
    dropRate: number,
  ): Promise<StepOutcome & { learningRate: number }> {
    const { firstStep, schedule } = this.phase;
    const learningRate = learningRateAt(step - 1 - firstStep, schedule);
    const at = { step, firstStep, learningRate, dropRate };
    const { loss, correct } = await this.trainStep.run(batches, at);
    return { loss, correct, learningRate };
  }

  dispose(): void {
    this.optimizer.dispose();
  }
}

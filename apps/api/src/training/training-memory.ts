import type { Engine } from '@coatrack/kernels';
import {
  fittingBatchSize,
  type ImageSet,
  type PlannedTraining,
  type Recipe,
  requireMemory,
  splitDataset,
  trainingMemory,
} from '@coatrack/training';
import type { Architecture } from '@coatrack/models';
import type { Run } from '../jobs/job-work';
import { availableMemory } from '../platform/available-memory';
import { type FineTuneShape, recordBatchSize, recordMemory } from './training-progress';

/**
 * Returns the recipe with a batch size: its own, or one that fits, which a resumed run has again. A GPU's memory is
 * not known here.
 */
export async function withBatchSize(
  run: Run<FineTuneShape>,
  engine: Engine,
  architecture: Architecture,
  images: ImageSet,
): Promise<Recipe> {
  const { recipe } = run.job.request;
  if (recipe.batchSize > 0) return recipe;
  const { batchSize: chosen } = run.job.status;
  if (chosen !== undefined) return { ...recipe, batchSize: chosen };
  const training = { architecture, classes: images.classes.length, recipe };
  const batchSize = fittingBatchSize(training, {
    images: splitDataset(images, recipe).train.length,
    available: engine.device === 'cpu' ? await availableMemory() : Infinity,
  });
  await run.record((job) => recordBatchSize(job, run.claim, batchSize));
  return { ...recipe, batchSize };
}

/**
 * Refuses a training that needs more memory than available, because the process would be killed without an explanation.
 * GPUs have their own memory, and running out of it is an error of the step.
 * @returns bytes for the cache of decoded images: half of the rest, or undefined on a GPU
 * @throws NotEnoughMemoryError
 */
export async function claimMemory(
  run: Run<FineTuneShape>,
  engine: Engine,
  training: PlannedTraining,
): Promise<number | undefined> {
  if (engine.device !== 'cpu') return undefined;
  const available = await availableMemory();
  requireMemory(training, available);
  const memory = { needed: Math.round(trainingMemory(training)), available };
  await run.record((job) => recordMemory(job, run.claim, memory));
  return (available - memory.needed) / 2;
}

import { type Architecture, cost } from '@coatrack/models';
import { keptEpochs } from './kept-weights';
import type { Recipe } from './recipe/recipe';

const mebibyte = 2 ** 20;
const floatBytes = 4;

/** Between the image sizes that are suggested. */
const sizeStep = 32;

/** Node, TensorFlow.js and an engine's libraries. */
const processBytes = 300 * mebibyte;

/** Of results in bfloat16 beside float32. */
const bfloat16Share = 0.5;

/** Batches of pixels in memory: those that are loaded ahead, and the one that is computed with, twice. */
const batchesInMemory = 5;

/** Copies of a trained value: itself, its gradient, the optimizer's slots. */
const copiesOfTrained: Record<Recipe['optimizer'], number> = { adamw: 4, sgd: 3, rmsprop: 4 };

export interface PlannedTraining {
  architecture: Architecture;
  classes: number;
  recipe: Pick<
    Recipe,
    'batchSize' | 'imageSize' | 'optimizer' | 'emaDecay' | 'precision' | 'trainable'
  > &
    Partial<Pick<Recipe, 'accumulation' | 'keep'>>;
}

/** Batches of images that a network answers. */
export interface PlannedInference {
  architecture: Architecture;
  classes: number;
  imageSize: number;
  batchSize: number;
}

/** A training or a batch that can't fit into the memory that there is. */
export class NotEnoughMemoryError extends Error {
  override readonly name = 'NotEnoughMemoryError';
  readonly code = 'NOT_ENOUGH_MEMORY';
}

/** Bytes that a training takes at its peak. */
interface MemoryNeed {
  /** Whatever the batch. */
  fixed: number;
  /** For each image of a batch. */
  perImage: number;
}

/**
 * Estimates from shapes alone what a training on a processor takes, rather too low than too high: every result of the network
 * once. Beside the torch engine's peaks of single steps that is 0.9 to 1.03 for EfficientNetV2 and 0.85 for CoAtNet.
 */
function memoryNeed({ architecture, classes, recipe }: PlannedTraining): MemoryNeed {
  const { imageSize, optimizer, emaDecay, accumulation = 1, precision, trainable, keep } = recipe;
  const size = cost(architecture, { imageSize, classes });
  const all = trainable === 'all';
  // Summed gradients are kept beside those of a batch.
  const kept = [emaDecay > 0, accumulation > 1].filter(Boolean).length;
  const copies = all ? copiesOfTrained[optimizer] + kept + keptEpochs[keep ?? 'last'] : 1;
  // A frozen backbone keeps no results; at its widest place it has one and makes the next.
  const results = all ? size.activations : 2 * size.largestActivation;
  const computed = results * (precision === 'bf16' ? bfloat16Share : 1);
  return {
    fixed: processBytes + floatBytes * copies * size.parameters,
    perImage: floatBytes * (computed + batchesInMemory * 3 * imageSize ** 2),
  };
}

/** Returns the bytes that a training is estimated to take at its peak. */
export function trainingMemory(training: PlannedTraining): number {
  const { fixed, perImage } = memoryNeed(training);
  return fixed + training.recipe.batchSize * perImage;
}

/** Largest batch that is chosen, and into how many steps an epoch is split at least: few large steps learn little. */
const [largestBatch, fewestSteps] = [64, 8];

/** Share of the memory that a chosen batch may fill, as needs are estimates. */
const filledShare = 0.8;

/**
 * Chooses a batch size: as many images as fit, a multiple of 8 where it can be.
 * @param limits images: to train with; available: bytes that the process may have in all, Infinity where that isn't known
 * @returns at least the fewest images that a step takes, even where they don't fit
 */
export function fittingBatchSize(
  training: PlannedTraining,
  { images, available }: { images: number; available: number },
): number {
  const { fixed, perImage } = memoryNeed(training);
  const fitting = Math.min(
    largestBatch,
    Math.floor((filledShare * available - fixed) / perImage),
    Math.ceil(images / fewestSteps),
  );
  const batch = fitting >= 8 ? fitting - (fitting % 8) : fitting;
  return Math.max(batch, training.recipe.trainable === 'all' ? 2 : 1);
}

/**
 * Refuses a training that can't fit.
 * @param available bytes that the process may have in all
 * @throws NotEnoughMemoryError with what would fit: the largest batch at this image size, or smaller images
 */
export function requireMemory(training: PlannedTraining, available: number): void {
  const needed = trainingMemory(training);
  if (needed <= available) return;
  const { batchSize, imageSize, trainable } = training.recipe;
  const { fixed, perImage } = memoryNeed(training);
  const batch = Math.floor((available - fixed) / perImage);
  const size = smallerSizes(training).findLast(
    (smaller) =>
      trainingMemory({ ...training, recipe: { ...training.recipe, imageSize: smaller } }) <=
      available,
  );
  const advice: string[] = [];
  if (batch >= (trainable === 'all' ? 2 : 1)) {
    advice.push(`with imageSize ${imageSize}, a batchSize of up to ${batch} fits`);
  }
  if (size) advice.push(`with batchSize ${batchSize}, an imageSize of up to ${size} fits`);
  const what = advice.length > 0 ? advice.join('; ') : 'a smaller architecture needs less';
  throw new NotEnoughMemoryError(
    `The training needs about ${inGibibytes(needed)} of memory, and ${inGibibytes(available)} are available: ${what}.`,
  );
}

/**
 * Refuses batches that can't fit, estimated rather too low than too high: at its widest place a network has one result and makes
 * the next.
 * @param available bytes that a process for them may have in all
 * @throws NotEnoughMemoryError with the largest batch that would fit at this image size
 */
export function requireInferenceMemory(planned: PlannedInference, available: number): void {
  const { architecture, classes, imageSize, batchSize } = planned;
  const size = cost(architecture, { imageSize, classes });
  const fixed = processBytes + floatBytes * size.parameters;
  const perImage = floatBytes * (2 * size.largestActivation + 3 * imageSize ** 2);
  const needed = fixed + batchSize * perImage;
  if (needed <= available) return;
  const batch = Math.floor((available - fixed) / perImage);
  const what = batch >= 1 ? `batches of up to ${batch} fit` : 'smaller images need less';
  const asked = batchSize === 1 ? 'An image' : `A batch of ${batchSize} images`;
  throw new NotEnoughMemoryError(
    `${asked} of ${imageSize} px needs about ${inGibibytes(needed)} of memory, and ${inGibibytes(available)} are available: ${what}.`,
  );
}

/** Ascending, in steps that every architecture takes. */
function smallerSizes({ architecture, recipe }: PlannedTraining): number[] {
  const { minimum, multipleOf } = architecture.imageSizes;
  const step = multipleOf === 1 ? sizeStep : multipleOf;
  const count = Math.ceil(recipe.imageSize / step);
  return Array.from({ length: count }, (_, index) => (index + 1) * step).filter(
    (size) => size >= minimum && size < recipe.imageSize,
  );
}

function inGibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

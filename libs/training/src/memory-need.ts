import { type Architecture, cost } from '@coatrack/models';
import { keptEpochs } from './kept-weights';
import type { Recipe } from './recipe/recipe';

const mebibyte = 2 ** 20;
export const floatBytes = 4;

/** Step between suggested image sizes. */
const sizeStep = 32;

/** Memory of Node, TensorFlow.js and an engine's libraries. */
const processBytes = 300 * mebibyte;

/** Memory of bfloat16 results relative to float32. */
const bfloat16Share = 0.5;

/** Number of pixel batches in memory: those loaded ahead, and two copies of the current one. */
const batchesInMemory = 5;

/** Number of copies of a trained value: the value, its gradient and the optimizer's slots. */
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

/** Batches of images for inference. */
export interface PlannedInference {
  architecture: Architecture;
  classes: number;
  imageSize: number;
  batchSize: number;
}

/** Thrown for a training or a batch that can't fit into the available memory. */
export class NotEnoughMemoryError extends Error {
  override readonly name = 'NotEnoughMemoryError';
  readonly code = 'NOT_ENOUGH_MEMORY';
}

/** Peak memory of a training, in bytes. */
interface MemoryNeed {
  /** Memory independent of the batch size. */
  fixed: number;
  /** Memory per image of a batch. */
  perImage: number;
}

/**
 * Estimates a training's memory on a processor from shapes alone, counting every result of the network once. It errs on the low
 * side: relative to the torch engine's peaks of single steps, the estimate is 0.9 to 1.03 for EfficientNetV2 and 0.85 for
 * CoAtNet.
 */
function memoryNeed({ architecture, classes, recipe }: PlannedTraining): MemoryNeed {
  const { imageSize, optimizer, emaDecay, accumulation = 1, precision, trainable, keep } = recipe;
  const size = cost(architecture, { imageSize, classes });
  const all = trainable === 'all';
  // Summed gradients are kept besides those of a batch.
  const kept = [emaDecay > 0, accumulation > 1].filter(Boolean).length;
  const copies = all ? copiesOfTrained[optimizer] + kept + keptEpochs[keep ?? 'last'] : 1;
  // A frozen backbone keeps no results. At its widest place it holds one and computes the next.
  const results = all ? size.activations : 2 * size.largestActivation;
  const computed = results * (precision === 'bf16' ? bfloat16Share : 1);
  return {
    fixed: processBytes + floatBytes * copies * size.parameters,
    perImage: floatBytes * (computed + batchesInMemory * 3 * imageSize ** 2),
  };
}

/** Returns a training's estimated peak memory in bytes. */
export function trainingMemory(training: PlannedTraining): number {
  const { fixed, perImage } = memoryNeed(training);
  return fixed + training.recipe.batchSize * perImage;
}

/** Maximum batch size to choose, and minimum number of steps per epoch: a few large steps learn little. */
const [largestBatch, fewestSteps] = [64, 8];

/** Share of the memory that a chosen batch may fill, because needs are estimates. */
const filledShare = 0.8;

/**
 * Chooses a batch size: as many images as fit, in a multiple of 8 if possible.
 * @param limits images: number to train with; available: bytes that the process may use in all, Infinity if unknown
 * @returns at least the minimum number of images for a step, even if they don't fit
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
 * @param available bytes that the process may use in all
 * @throws NotEnoughMemoryError with an alternative that fits: the largest batch at this image size, or smaller images
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
 * Refuses batches that can't fit. The estimate errs on the low side: at its widest place, a network holds one result and
 * computes the next.
 * @param available bytes that a process for them may use in all
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

/** Returns smaller image sizes in ascending order, in steps that every architecture supports. */
function smallerSizes({ architecture, recipe }: PlannedTraining): number[] {
  const { minimum, multipleOf } = architecture.imageSizes;
  const step = multipleOf === 1 ? sizeStep : multipleOf;
  const count = Math.ceil(recipe.imageSize / step);
  return Array.from({ length: count }, (_, index) => (index + 1) * step).filter(
    (size) => size >= minimum && size < recipe.imageSize,
  );
}

/** Formats bytes: "1.5 GiB". */
export function inGibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

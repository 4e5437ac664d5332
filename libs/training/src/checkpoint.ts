import {
  type Classifier,
  openSafetensors,
  type SafetensorsFile,
  type WeightsSource,
  type WeightsTensor,
  type WriteGuard,
  writeSafetensors,
} from '@coatrack/models';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { Slot } from './optimizers/optimizer';
import type { EpochSums } from './progress-meter';
import { type Recipe, recipeSchema } from './recipe/recipe';
import type { EpochRow } from './training-event';

/** Where a training is between two steps. */
interface TrainingState {
  /** finished epochs */
  epoch: number;
  /** finished optimizer updates */
  step: number;
  history: EpochRow[];
  /** What the epoch under way has come to; null between two epochs. */
  underWay: EpochSums | null;
}

export interface CheckpointInfo extends TrainingState {
  recipe: Recipe;
}

/** A checkpoint that cannot be read, or belongs to another training. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
}

/** Of what a training keeps beside the weights. */
const slotPrefixes = ['optimizer.', 'average.'];
const metadataKey = 'coatrack.training';

/** Sums of an epoch were once kept with `pictures` for `images`. */
function withImages(sums: unknown): unknown {
  if (typeof sums !== 'object' || sums === null || !('pictures' in sums)) return sums;
  const { pictures, ...rest } = sums;
  return { ...rest, images: pictures };
}

const infoSchema = z.object({
  epoch: z.int().min(0),
  step: z.int().min(0),
  // Checkpoints were once made between epochs alone.
  underWay: z
    .preprocess(
      withImages,
      z
        .object({
          images: z.number(),
          seconds: z.number(),
          steps: z.number(),
          loss: z.number(),
          correct: z.number(),
        })
        .nullable(),
    )
    .default(null),
  recipe: recipeSchema,
  history: z.array(
    z.object({
      epoch: z.number(),
      step: z.number(),
      trainLoss: z.number(),
      trainTop1: z.number(),
      validationLoss: z.number(),
      top1: z.number(),
      top5: z.number(),
      imagesPerSecond: z.number(),
    }),
  ),
});

/**
 * Writes weights (timm's names and layouts), what the training keeps for them (optimizer state
 * `optimizer.<slot>.<parameter>`, averages `average.<weight>`; TensorFlow's layout) and where it stands into one
 * safetensors file.
 */
export async function writeCheckpoint(
  path: string,
  {
    classifier,
    slots,
    info,
  }: { classifier: Classifier; slots: readonly Slot[]; info: CheckpointInfo },
  guard?: WriteGuard,
): Promise<void> {
  const kept = slots.map(({ name, variable }): WeightsTensor => ({
    name,
    shape: variable.shape,
    dtype: 'F32',
    data: () => variable.data<'float32'>(),
  }));
  const metadata = { format: 'pt', [metadataKey]: JSON.stringify(info) };
  await writeSafetensors(path, [...classifier.save(), ...kept], metadata, guard);
}

/** What a checkpoint says of its training; no tensor is read. */
export async function readCheckpointInfo(path: string): Promise<CheckpointInfo> {
  return withFile(path, async (file) => parseInfo(file));
}

/**
 * Puts a classifier and the slots of its training back to where a checkpoint left them.
 * @throws CheckpointError when it was written by a training with another recipe
 */
export async function restoreCheckpoint(
  path: string,
  { classifier, slots, recipe }: { classifier: Classifier; slots: readonly Slot[]; recipe: Recipe },
): Promise<TrainingState> {
  return withFile(path, async (file) => {
    const info = parseInfo(file);
    const different = Object.keys(recipe).filter(
      (field) => recipe[field as keyof Recipe] !== info.recipe[field as keyof Recipe],
    );
    if (different.length > 0) {
      throw new CheckpointError(
        `The checkpoint has another recipe: ${different.join(', ')} differ`,
      );
    }
    await classifier.load(weightsOf(file), { replaceHead: false });
    // A training that had been resumed before once wrote too small a count.
    if (recipe.trainable === 'all') classifier.countAtLeast(info.step);
    await restoreSlots(file, slots);
    const { epoch, step, history, underWay } = info;
    return { epoch, step, history, underWay };
  });
}

async function withFile<Result>(
  path: string,
  use: (file: SafetensorsFile) => Promise<Result>,
): Promise<Result> {
  const file = await openSafetensors(path);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

function parseInfo({ metadata }: SafetensorsFile): CheckpointInfo {
  const text = metadata[metadataKey];
  if (text === undefined) throw new CheckpointError('The file is no checkpoint of a training');
  try {
    return infoSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new CheckpointError("The checkpoint's state of the training is damaged", {
      cause: error,
    });
  }
}

/** The checkpoint as weights alone. */
function weightsOf(file: SafetensorsFile): WeightsSource {
  const isSlot = (name: string) => slotPrefixes.some((prefix) => name.startsWith(prefix));
  const tensors = [...file.tensors].filter(([name]) => !isSlot(name));
  return { tensors: new Map(tensors), read: (name) => file.read(name) };
}

async function restoreSlots(file: SafetensorsFile, slots: readonly Slot[]): Promise<void> {
  const wrong = slots.filter(({ name, variable }) => {
    const found = file.tensors.get(name);
    return !found || found.shape.join() !== variable.shape.join();
  });
  if (wrong.length > 0) {
    const names = wrong.map(({ name }) => name).join(', ');
    throw new CheckpointError(`State of the training is missing or misshaped: ${names}`);
  }
  for (const { name, variable } of slots) {
    const value = tf.tensor(await file.read(name), variable.shape, 'float32');
    variable.assign(value);
    value.dispose();
  }
}

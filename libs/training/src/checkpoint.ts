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
import type { EpochScore } from './best-epochs';
import { keptPrefix, type KeptWeights } from './kept-weights';
import type { Slot } from './optimizers/optimizer';
import type { EpochSums } from './progress-meter';
import { type Recipe, recipeSchema } from './recipe/recipe';
import type { EpochRow } from './training-event';
import type { TrainingPlan } from './training-plan';

/** State of a training between two steps. */
interface TrainingState {
  /** finished epochs */
  epoch: number;
  /** finished optimizer updates */
  step: number;
  history: EpochRow[];
  /** Sums of the epoch under way; null between two epochs. */
  underWay: EpochSums | null;
}

export interface CheckpointInfo extends TrainingState {
  recipe: Recipe;
  /** The plan settled before the first step; null in an older checkpoint, from when the recipe alone settled it. */
  plan: TrainingPlan | null;
  /** Scores of the epochs whose weights are kept, best first. */
  kept: EpochScore[];
}

/** Tensors that a training changes and keeps. */
interface TrainingTensors {
  classifier: Classifier;
  slots: readonly Slot[];
  kept: KeptWeights;
}

/** Thrown for a checkpoint that cannot be read or belongs to another training. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
}

/** Prefixes of tensors that a training keeps besides the weights. */
const slotPrefixes = ['optimizer.', 'average.', keptPrefix];
const metadataKey = 'coatrack.training';

/** Renames `pictures` to `images` in an epoch's sums, as older checkpoints used that name. */
function withImages(sums: unknown): unknown {
  if (typeof sums !== 'object' || sums === null || !('pictures' in sums)) return sums;
  const { pictures, ...rest } = sums;
  return { ...rest, images: pictures };
}

const infoSchema = z.object({
  epoch: z.int().min(0),
  step: z.int().min(0),
  // Older checkpoints were written only between epochs.
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
  plan: z
    .object({
      epochs: z.int().min(1),
      headEpochs: z.int().min(0),
      warmupEpochs: z.number().min(0),
      stepsPerEpoch: z.int().min(1),
      learningRate: z.number().positive(),
    })
    .nullable()
    .default(null),
  kept: z
    .array(z.object({ epoch: z.number(), top1: z.number(), validationLoss: z.number() }))
    .default([]),
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
 * Writes a training into one safetensors file: the weights (timm's names and layouts), the tensors kept for them and the
 * training's progress. The kept tensors use TensorFlow's layout: optimizer state `optimizer.<slot>.<parameter>`, averages
 * `average.<weight>`, and weights of the best epochs `kept.<place>.<weight>`.
 */
export async function writeCheckpoint(
  path: string,
  { classifier, slots, kept, info }: TrainingTensors & { info: Omit<CheckpointInfo, 'kept'> },
  guard?: WriteGuard,
): Promise<void> {
  const ofSlots = slots.map(({ name, variable }): WeightsTensor => ({
    name,
    shape: variable.shape,
    dtype: 'F32',
    data: () => variable.data<'float32'>(),
  }));
  const metadata = { format: 'pt', [metadataKey]: JSON.stringify({ ...info, kept: kept.scores }) };
  const tensors = [...classifier.save(), ...ofSlots, ...kept.tensors()];
  await writeSafetensors(path, tensors, metadata, guard);
}

/** Reads a checkpoint's information about its training without reading any tensor. */
export async function readCheckpointInfo(path: string): Promise<CheckpointInfo> {
  return withFile(path, async (file) => parseInfo(file));
}

/** @throws CheckpointError when the checkpoint belongs to a training with another recipe */
export function requireRecipe(info: CheckpointInfo, recipe: Recipe): void {
  const different = Object.keys(recipe).filter(
    (field) => recipe[field as keyof Recipe] !== info.recipe[field as keyof Recipe],
  );
  if (different.length === 0) return;
  throw new CheckpointError(`The checkpoint has another recipe: ${different.join(', ')} differ`);
}

/**
 * Restores a classifier and the tensors that its training keeps from a checkpoint.
 * @param batches number of batches that the running statistics have seen
 */
export async function restoreCheckpoint(
  path: string,
  { classifier, slots, kept }: TrainingTensors,
  batches: number,
): Promise<void> {
  await withFile(path, async (file) => {
    await classifier.load(weightsOf(file), { replaceHead: false });
    // Older versions wrote too small a count for trainings that had been resumed before.
    classifier.countAtLeast(batches);
    await restoreSlots(file, slots);
    await kept.restore(parseInfo(file).kept, (name, shape) => readTensor(file, name, shape));
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

/** Returns the checkpoint as weights only. */
function weightsOf(file: SafetensorsFile): WeightsSource {
  const isSlot = (name: string) => slotPrefixes.some((prefix) => name.startsWith(prefix));
  const tensors = [...file.tensors].filter(([name]) => !isSlot(name));
  return { tensors: new Map(tensors), read: (name) => file.read(name) };
}

async function restoreSlots(file: SafetensorsFile, slots: readonly Slot[]): Promise<void> {
  requireTensors(
    file,
    slots.map(({ name, variable }) => ({ name, shape: variable.shape })),
  );
  for (const { name, variable } of slots) {
    const value = tf.tensor(await file.read(name), variable.shape, 'float32');
    variable.assign(value);
    value.dispose();
  }
}

async function readTensor(
  file: SafetensorsFile,
  name: string,
  shape: number[],
): Promise<Float32Array> {
  requireTensors(file, [{ name, shape }]);
  return Float32Array.from(await file.read(name));
}

function requireTensors(file: SafetensorsFile, tensors: { name: string; shape: number[] }[]): void {
  const wrong = tensors.filter(
    ({ name, shape }) => file.tensors.get(name)?.shape.join() !== shape.join(),
  );
  if (wrong.length === 0) return;
  const names = wrong.map(({ name }) => name).join(', ');
  throw new CheckpointError(`State of the training is missing or misshaped: ${names}`);
}

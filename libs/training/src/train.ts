import type { Classifier, Preprocessing } from '@coatrack/models';
import type { PictureSet } from './dataset/picture-set';
import type { Metrics } from './metrics';
import type { Recipe } from './recipe';
import type { EpochRow, TrainingEvent } from './training-event';

export interface TrainingOptions {
  classifier: Classifier;
  pictures: PictureSet;
  recipe: Recipe;
  /** the evaluation preprocessing of the architecture or of the parent version; its image size gives way to the recipe's */
  preprocessing: Preprocessing;
  /** looked at between steps; the training then rejects with its reason */
  signal: AbortSignal;
  onEvent(event: TrainingEvent): void | Promise<void>;
  /** path of a checkpoint of a training with the same recipe and pictures */
  resume?: string;
  /** Called after each epoch: `write(path)` writes the checkpoint, whole or not at all. */
  saveCheckpoint(
    write: (path: string) => Promise<void>,
    info: { epoch: number; step: number; metrics: Metrics },
  ): Promise<void>;
}

export interface TrainingResult extends Metrics {
  epochs: number;
  steps: number;
  /** of this run: what a resumed training did earlier is not in it */
  seconds: number;
  imagesPerSecond: number;
  history: EpochRow[];
}

export declare function train(options: TrainingOptions): Promise<TrainingResult>;

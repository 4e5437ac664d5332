import type { LearningRatePoint } from './learning-rate-finder';
import type { Stage } from './progressive';

/** What a training tells while it runs. Accuracies and progress are in [0, 1], losses in nats. */
export type TrainingEvent = StartedEvent | FeaturesEvent | StageEvent | StepEvent | EpochEvent;

export interface StartedEvent {
  type: 'started';
  engine: string;
  /** of the whole training, resumed part included */
  steps: number;
  epochs: number;
  trainImages: number;
  validationImages: number;
  /** of the images to train with, by class; left out where nothing makes up for skewed classes */
  classCounts?: number[];
  /** where the recipe left it open: what was found, and the losses by learning rate that it was found from */
  learningRate?: number;
  curve?: LearningRatePoint[];
}

/** Of a linear probe, while features are computed. */
export interface FeaturesEvent {
  type: 'features';
  /** images */
  done: number;
  /** images */
  total: number;
  imagesPerSecond: number;
  etaSeconds: number;
  progress: number;
}

/** At the start of each epoch of a training in stages. */
export interface StageEvent extends Stage {
  type: 'stage';
  /** 1-based */
  epoch: number;
  stages: number;
}

/** At most a few a second, whatever the speed of the engine. */
export interface StepEvent {
  type: 'step';
  /** 1-based count of finished optimizer updates */
  step: number;
  /** 1-based */
  epoch: number;
  loss: number;
  learningRate: number;
  imagesPerSecond: number;
  etaSeconds: number;
  progress: number;
}

export interface EpochEvent {
  type: 'epoch';
  /** 1-based */
  epoch: number;
  step: number;
  trainLoss: number;
  trainTop1: number;
  validationLoss: number;
  top1: number;
  top5: number;
  imagesPerSecond: number;
  etaSeconds: number;
  progress: number;
}

/** One row of a training's history: an epoch without what only matters while it runs. */
export type EpochRow = Omit<EpochEvent, 'type' | 'etaSeconds' | 'progress'>;

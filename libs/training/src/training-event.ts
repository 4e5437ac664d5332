import type { LearningRatePoint } from './learning-rate-finder';
import type { Stage } from './progressive';

/** Events that a training reports. Accuracies and progress are in [0, 1], losses in nats. */
export type TrainingEvent = StartedEvent | FeaturesEvent | StageEvent | StepEvent | EpochEvent;

export interface StartedEvent {
  type: 'started';
  engine: string;
  /** steps of the whole training, including the part before a resume */
  steps: number;
  epochs: number;
  trainImages: number;
  validationImages: number;
  /** training images per class; left out if nothing compensates for skewed classes */
  classCounts?: number[];
  /** if the recipe left it open: the learning rate found, and the losses by learning rate that it comes from */
  learningRate?: number;
  curve?: LearningRatePoint[];
}

/** Sent by a linear probe while it computes features. */
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

/** Sent at the start of each epoch of a training in stages. */
export interface StageEvent extends Stage {
  type: 'stage';
  /** 1-based */
  epoch: number;
  stages: number;
}

/** Sent at most a few times per second, whatever the speed of the engine. */
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

/** One row of a training's history: an epoch event without the fields that matter only while it runs. */
export type EpochRow = Omit<EpochEvent, 'type' | 'etaSeconds' | 'progress'>;

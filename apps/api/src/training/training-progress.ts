import type { EpochEvent, EpochRow, PresetName, Recipe, TrainingEvent } from '@coatrack/training';
import { Logger } from '@nestjs/common';
import { z } from 'zod';
import type { Job, JobChange, JobShape } from '../jobs/job-record';
import { labelOf, requireClaim } from '../jobs/job';
import type { JobEventKinds } from '../jobs/job-events';
import type { Run } from '../jobs/job-work';
import { share } from '../registry/catalogue/catalogue.dto';
import type { TrainedMetrics, VersionReference } from '../registry/models/model';

/** The point at which a training resumes. */
export interface Checkpoint {
  /** Key in the blob store. */
  blob: string;
  epoch: number;
  step: number;
}

/**
 * Where the classifier head starts from: the parent's, a linear probe of the parent's features, or anew as the dataset's
 * labels
 * are not the parent's in the same order or there is none.
 */
export const headStarts = ['parent', 'probe', 'new'] as const;
export type HeadStart = (typeof headStarts)[number];

/** Status of a training. */
export interface TrainingStatus {
  /** Number of finished epochs. */
  epoch: number;
  /** Number of finished steps. */
  step: number;
  /** Number of epochs of the whole training; missing until it has started, and in trainings from before it was recorded. */
  epochs?: number;
  /** Number of steps of the whole training; 0 until it has started. */
  steps: number;
  imagesPerSecond: number | null;
  engine: string | null;
  /** Null until it has started; missing in trainings that began before it was recorded. */
  head?: HeadStart | null;
  /** Chosen before the first step where the recipe leaves it open. */
  batchSize?: number;
  /** Estimate before the first step, in bytes; missing on a GPU. */
  memory?: { needed: number; available: number };
  history: EpochRow[];
  checkpoint: Checkpoint | null;
  /** Metrics of the finished model. */
  metrics: TrainedMetrics | null;
}

export interface FineTuneRequest {
  architecture: string;
  parent: VersionReference | null;
  dataset: { id: string; name: string };
  recipe: Recipe;
  /** What filled the recipe; missing where nothing did. */
  preset?: { name: PresetName; /** null where it was named */ reason: string | null };
}

export type FineTuneShape = JobShape<FineTuneRequest, TrainingStatus, VersionReference>;
export type FineTuneJob = Job<FineTuneShape>;

export const epochRowFields = {
  epoch: z.int(),
  step: z.int(),
  trainLoss: z.number(),
  trainTop1: share,
  validationLoss: z.number(),
  top1: share,
  top5: share,
  imagesPerSecond: z.number(),
};

const pace = { etaSeconds: z.number(), progress: z.number().describe('In [0, 1]') };

/** Schemas of a training's events; the types are those of the training library. */
export const trainingEvents = {
  started: {
    schema: z.object({
      type: z.literal('started'),
      engine: z.string(),
      steps: z.int().describe('Number of steps of the whole training'),
      epochs: z.int(),
      trainImages: z.int(),
      validationImages: z.int(),
      head: z.enum(headStarts).nullish(),
      classCounts: z
        .array(z.int())
        .optional()
        .describe(
          'Images to train with, by class; left out where the recipe makes nothing up for skewed classes',
        ),
      learningRate: z
        .number()
        .optional()
        .describe('Found before the first step, where the recipe has 0'),
      curve: z
        .array(z.object({ learningRate: z.number(), loss: z.number() }))
        .optional()
        .describe('The running mean of losses by learning rate that it was found from'),
    }),
  },
  features: {
    schema: z.object({
      type: z.literal('features'),
      done: z.int().describe('Images whose features are computed'),
      total: z.int(),
      imagesPerSecond: z.number(),
      ...pace,
    }),
    frequent: true,
  },
  stage: {
    schema: z.object({
      type: z.literal('stage'),
      epoch: z.int().describe('Epoch that begins, counted from 1'),
      stage: z.int().describe('Stage that it belongs to, counted from 1'),
      stages: z.int(),
      imageSize: z.int().describe('Side of the training images in pixels'),
      magnitude: z.number().describe('Of RandAugment'),
      mixup: z.number().describe('Alpha'),
      cutmix: z.number().describe('Alpha'),
      dropRate: z.number().describe('Dropout before the classifier head'),
    }),
  },
  step: {
    schema: z.object({
      type: z.literal('step'),
      step: z.int().describe('Finished steps'),
      epoch: z.int().describe('Epoch, counted from 1'),
      loss: z.number(),
      learningRate: z.number(),
      imagesPerSecond: z.number(),
      ...pace,
    }),
    frequent: true,
  },
  epoch: { schema: z.object({ type: z.literal('epoch'), ...epochRowFields, ...pace }) },
} satisfies JobEventKinds;

/** The trainer's events, with details of the start that only the job knows. */
type ReportedEvent = {
  [T in keyof typeof trainingEvents]: z.output<(typeof trainingEvents)[T]['schema']>;
}[keyof typeof trainingEvents];

type Change = JobChange<FineTuneShape>;

/** An event of a step or of features is persisted at most once in this time. */
const stepIntervalMs = 1000;

/** Returns a function that records the trainer's events and logs every epoch. */
export function trainingReporter(
  run: Run<FineTuneShape>,
  head: HeadStart | null,
): (event: TrainingEvent) => Promise<void> {
  const logger = new Logger('Jobs');
  const passes = throttleSteps(stepIntervalMs);
  return async (event) => {
    if (event.type === 'epoch') logger.log(epochLine(run.job, event));
    if (!passes(event)) return;
    const kind = isFrequent(event) ? event.type : undefined;
    const reported = event.type === 'started' ? { ...event, head } : event;
    await run.record((job) => recordTraining(job, run.claim, reported), kind);
  };
}

/** Whether a newer event of its kind makes it worthless. */
const isFrequent = ({ type }: TrainingEvent) => type === 'step' || type === 'features';

/** Lets every event pass but the frequent ones, of which it passes one per interval. */
export function throttleSteps(
  intervalMs: number,
  now: () => number = Date.now,
): (event: TrainingEvent) => boolean {
  let last = -Infinity;
  return (event) => {
    if (!isFrequent(event)) return true;
    if (now() - last < intervalMs) return false;
    last = now();
    return true;
  };
}

export function recordTraining(job: FineTuneJob, claim: string, event: ReportedEvent): Change {
  requireClaim(job, claim);
  const { status } = job;
  if (event.type === 'started') {
    const { engine, epochs, steps, head = null } = event;
    return { fields: { status: { ...status, engine, epochs, steps, head } }, events: [event] };
  }
  if (event.type === 'stage') return { fields: {}, events: [event] };
  const { progress, etaSeconds, imagesPerSecond } = event;
  if (event.type === 'features') {
    return {
      fields: { progress, etaSeconds, status: { ...status, imagesPerSecond } },
      events: [event],
    };
  }
  const { step } = event;
  const reached = { ...status, step, imagesPerSecond };
  if (event.type === 'epoch') {
    reached.epoch = event.epoch;
    reached.history = [...status.history.filter((row) => row.epoch < event.epoch), rowOf(event)];
  }
  return { fields: { progress, etaSeconds, status: reached }, events: [event] };
}

function rowOf({
  type: _,
  etaSeconds: __,
  progress: ___,
  ...row
}: Extract<ReportedEvent, { type: 'epoch' }>): EpochRow {
  return row;
}

export function recordCheckpoint(job: FineTuneJob, claim: string, checkpoint: Checkpoint): Change {
  requireClaim(job, claim);
  const status = { ...job.status, checkpoint, step: checkpoint.step };
  return { fields: { status, fruitlessAttempts: 0 }, events: [] };
}

export function recordBatchSize(job: FineTuneJob, claim: string, batchSize: number): Change {
  requireClaim(job, claim);
  return { fields: { status: { ...job.status, batchSize } }, events: [] };
}

export function recordMemory(
  job: FineTuneJob,
  claim: string,
  memory: TrainingStatus['memory'],
): Change {
  requireClaim(job, claim);
  return { fields: { status: { ...job.status, memory } }, events: [] };
}

const percent = (part: number) => `${(part * 100).toFixed(1)} %`;

/** Formats a duration: "40 s", "3 min", "2 h 5 min". */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Formats a line about a finished epoch for the worker's log. */
function epochLine(job: FineTuneJob, event: EpochEvent): string {
  const { epochs = job.request.recipe.epochs } = job.status;
  return [
    `${labelOf(job)}: epoch ${event.epoch}/${epochs}`,
    `loss ${event.trainLoss.toFixed(3)}`,
    `validation loss ${event.validationLoss.toFixed(3)}`,
    `top-1 ${percent(event.top1)}`,
    `${event.imagesPerSecond.toFixed(1)} images/s`,
    event.epoch < epochs ? `${duration(event.etaSeconds)} left` : 'last epoch',
  ].join(', ');
}

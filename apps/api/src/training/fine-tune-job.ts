import type { EpochRow, Metrics, Recipe } from '@coatrack/training';
import { deathLimit } from '../jobs/death-limit';
import type { JobKind } from '../jobs/job-kinds';
import type { JobOf, ModelReference } from '../jobs/job-types';

export interface FineTuneRequest {
  architecture: string;
  parent: ModelReference | null;
  dataset: { id: string; name: string };
  recipe: Recipe;
}

/** Where a run that lost its worker goes on from. */
export interface Checkpoint {
  /** Key in the blob store. */
  blob: string;
  epoch: number;
  step: number;
}

/**
 * Where the classifier head starts from: the parent's, or anew as the dataset's labels are not the parent's in the same order
 * or there is none.
 */
export const headStarts = ['parent', 'new'] as const;
export type HeadStart = (typeof headStarts)[number];

/** Where a training is. */
export interface TrainingStatus {
  /** Finished epochs. */
  epoch: number;
  /** Finished steps. */
  step: number;
  /** Of the whole training; 0 until it has started. */
  steps: number;
  imagesPerSecond: number | null;
  engine: string | null;
  /** Null until it has started; left out by trainings that began before it was recorded. */
  head?: HeadStart | null;
  /** Estimated before the first step, in bytes; left out where a graphics card computes. */
  memory?: { needed: number; available: number };
  history: EpochRow[];
  checkpoint: Checkpoint | null;
  /** Of the finished model. */
  metrics: Metrics | null;
}

export type FineTuneJob = JobOf<'fine-tune'>;

/** Of the available memory: an estimate above it may be exceeded in fact. */
const shortShare = 0.5;

export const fineTuneKind: JobKind<'fine-tune'> = {
  noun: 'training',
  initialStatus: {
    epoch: 0,
    step: 0,
    steps: 0,
    imagesPerSecond: null,
    engine: null,
    head: null,
    history: [],
    checkpoint: null,
    metrics: null,
  },
  /** A resumed run repeats what came after its checkpoint: those rows must not stay twice. */
  resume(status) {
    const { checkpoint } = status;
    const { epoch, step } = checkpoint ?? { epoch: 0, step: 0 };
    const history = status.history.filter((row) => row.epoch <= epoch);
    return {
      status: { ...status, epoch, step, history },
      ...(checkpoint ? { event: { resumedFromEpoch: epoch } } : {}),
    };
  },
  /** Where memory is short and the worker died before the first step, that is why, and the next one would die as well. */
  deathLimit({ step, checkpoint, memory }) {
    const short = memory !== undefined && memory.needed > shortShare * memory.available;
    return short && step <= (checkpoint?.step ?? 0) ? 2 : deathLimit;
  },
  checkpointBlob: ({ checkpoint }) => checkpoint?.blob ?? null,
  settle: (status) => ({ ...status, checkpoint: null }),
  deathAdvice:
    'before an epoch was finished, most likely for lack of memory. ' +
    'A smaller batchSize or imageSize needs less.',
};

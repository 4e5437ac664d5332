import type { EpochRow, Metrics, Recipe } from '@coatrack/training';
import type { JobKind } from '../job-kinds';
import type { JobOf, ModelReference } from '../job-types';

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
  history: EpochRow[];
  checkpoint: Checkpoint | null;
  /** Of the finished model. */
  metrics: Metrics | null;
}

export type FineTuneJob = JobOf<'fine-tune'>;

export const fineTuneKind: JobKind<'fine-tune'> = {
  noun: 'training',
  initialStatus: {
    epoch: 0,
    step: 0,
    steps: 0,
    imagesPerSecond: null,
    engine: null,
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
  checkpointBlob: ({ checkpoint }) => checkpoint?.blob ?? null,
  settle: (status) => ({ ...status, checkpoint: null }),
  deathAdvice:
    'before an epoch was finished, most likely for lack of memory. ' +
    'A smaller batchSize or imageSize needs less.',
};

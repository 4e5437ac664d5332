import { benchmarkKind } from '../comparison/benchmark-job';
import { exportKind } from '../registry/exports/export-job';
import { fineTuneKind } from '../training/fine-tune-job';
import { importKind } from '../registry/import/import-job';
import type { JobOf, JobType, JobTypes, StateEvent } from './job-types';

/** What the lifecycle must know of a type of job. */
export interface JobKind<T extends JobType> {
  /** What the job does, in a sentence about it; in capitals part of its error codes. */
  noun: string;
  /** Of a job that nobody has taken up yet. */
  initialStatus: JobTypes[T]['status'];
  /** What a next attempt starts from, and what its event tells about that. */
  resume(status: JobTypes[T]['status']): {
    status: JobTypes[T]['status'];
    event?: Pick<StateEvent, 'resumedFromEpoch'>;
  };
  /** How often in a row a worker may die of it without reaching a new checkpoint. */
  deathLimit(status: JobTypes[T]['status']): number;
  /** The blob that a next attempt goes on from; the job's row must refer to it. */
  checkpointBlob(status: JobTypes[T]['status']): string | null;
  /** What is left once the job has ended. */
  settle(status: JobTypes[T]['status']): JobTypes[T]['status'];
  /** Why a worker may die of it again and again, and what helps. */
  deathAdvice: string;
}

const kinds: { [T in JobType]: JobKind<T> } = {
  'fine-tune': fineTuneKind,
  export: exportKind,
  import: importKind,
  benchmark: benchmarkKind,
};

export function kindOf<T extends JobType>({ type }: Pick<JobOf<T>, 'type'>): JobKind<T> {
  return kinds[type];
}

import { deathLimit } from './death-limit';
import type { JobType, JobTypes } from './job-types';

/** Where a job is that goes through phases rather than steps and epochs. */
export interface WorkStatus {
  /** What is being done, as a person says it; null before the start. */
  phase: string | null;
  /** Of the phase. */
  done: number;
  /** Null where nobody knows. */
  total: number | null;
  unit: ProgressUnit;
}

export const progressUnits = ['bytes', 'tensors', 'pictures', 'settings'] as const;
export type ProgressUnit = (typeof progressUnits)[number];

/** What such a job tells while it runs. */
export interface ProgressEvent extends WorkStatus {
  type: 'progress';
  phase: string;
  /** Of the whole job, in [0, 1]. */
  progress: number;
  etaSeconds: number | null;
}

/** What the work itself says of its progress. */
export type Progress = Omit<ProgressEvent, 'type' | 'etaSeconds'>;

/** The types of job that tell their progress in this way. */
export type WorkingType = {
  [T in JobType]: JobTypes[T]['status'] extends WorkStatus ? T : never;
}[JobType];

const notStarted: WorkStatus = { phase: null, done: 0, total: null, unit: 'bytes' };

/** Of work that a next attempt begins again. */
export const repeatedWork = {
  initialStatus: notStarted,
  resume: () => ({ status: notStarted }),
  deathLimit: () => deathLimit,
  checkpointBlob: () => null,
  settle: (status: WorkStatus) => status,
  deathAdvice: 'before it was done, most likely for lack of memory.',
};

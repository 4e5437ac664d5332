import type { JobChange, JobOf, JobType } from './job-types';

/** What a run may do with its job; everything is refused once the claim is lost. */
export interface Run<T extends JobType> {
  job: JobOf<T>;
  claim: string;
  /** Aborts when the job is cancelled, the worker shuts down or the claim is lost. */
  signal: AbortSignal;
  /** Writes what the run has reached. */
  record(decide: (current: JobOf<T>) => JobChange<T>): Promise<void>;
}

/** Does the work of one type of job and marks the job succeeded in the end. */
export abstract class JobWork<T extends JobType> {
  /** What is about to be done, for the log. */
  abstract describe(job: JobOf<T>): string;
  abstract perform(run: Run<T>): Promise<void>;
}

/** Who does the work of each type of job. */
export type JobWorks = { [T in JobType]: JobWork<T> };
export const JOB_WORKS = Symbol('JOB_WORKS');

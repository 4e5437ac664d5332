import type { StagedBlob } from '../platform/blobs/blob-store';
import type { JobOutcome } from './job';
import type { JobChange, JobOf, JobType } from './job-types';

/** Writes what a run has reached. */
export type Decision<T extends JobType> = (current: JobOf<T>) => JobChange<T>;

/**
 * What a run may do with its job; everything is refused once the claim is lost. The database may be away for some minutes
 * while a run goes on: each of these waits for it or writes later.
 */
export interface Run<T extends JobType> {
  job: JobOf<T>;
  claim: string;
  /** Aborts when the job is cancelled, the worker shuts down, the claim is lost or the database stays away. */
  signal: AbortSignal;
  /** Reads from the database. `read` may run several times. */
  read<R>(read: () => Promise<R>): Promise<R>;
  /**
   * Writes in order, and returns before that where the database is away.
   * @param kind of what a newer one of its kind replaces while it waits to be written
   */
  record(decide: Decision<T>, kind?: string): Promise<void>;
  /** As `record`; makes the job hold these bytes as its checkpoint, and discards them otherwise. */
  keepCheckpoint(staged: StagedBlob, decide: Decision<T>): Promise<void>;
  /**
   * Ends a run whose work is done. What is made and the job's end are one transaction: both or neither.
   * @param make writes what the job was for, and may run several times. It is not called where the job was asked to stop after
   *   the run's last check: a cancelled job must leave nothing
   * @throws ClaimLostError, and whatever `make` throws
   */
  finish(make: (current: JobOf<T>, now: Date) => Promise<JobOutcome<T>>): Promise<void>;
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

/** What computes in this process. */
export const ENGINE = Symbol('ENGINE');

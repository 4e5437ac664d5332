import type { StagedBlob } from '../platform/blobs/blob-store';
import type { Job, JobChange, JobOutcome, JobShape } from './job-record';

/** Writes what a run has reached. */
export type Decision<S extends JobShape> = (current: Job<S>) => JobChange<S>;

/**
 * What a run may do with its job; everything is refused once the claim is lost. The database may be away for some minutes
 * while a run goes on: each of these waits for it or writes later.
 */
export interface Run<S extends JobShape> {
  job: Job<S>;
  claim: string;
  /** Aborts when the job is cancelled, the worker shuts down, the claim is lost or the database stays away. */
  signal: AbortSignal;
  /** Reads from the database. `read` may run several times. */
  read<R>(read: () => Promise<R>): Promise<R>;
  /**
   * Writes in order, and returns before that where the database is away.
   * @param kind of what a newer one of its kind replaces while it waits to be written
   */
  record(decide: Decision<S>, kind?: string): Promise<void>;
  /** As `record`; makes the job hold these bytes as its checkpoint, and discards them otherwise. */
  keepCheckpoint(staged: StagedBlob, decide: Decision<S>): Promise<void>;
  /**
   * Ends a run whose work is done. What is made and the job's end are one transaction: both or neither.
   * @param make writes what the job was for, and may run several times. It is not called where the job was asked to stop after
   *   the run's last check: a cancelled job must leave nothing
   * @throws ClaimLostError, and whatever `make` throws
   */
  finish(make: (current: Job<S>, now: Date) => Promise<JobOutcome<S>>): Promise<void>;
}

/** Does the work of one type of job and marks the job succeeded in the end. */
export abstract class JobWork<S extends JobShape = JobShape> {
  /** What is about to be done, for the log. */
  abstract describe(job: Job<S>): string;
  abstract perform(run: Run<S>): Promise<void>;
}

/** Does the work of jobs, by their type. */
export type JobWorks = ReadonlyMap<string, JobWork<JobShape>>;
export const JOB_WORKS = Symbol('JOB_WORKS');

/** What computes in this process. */
export const ENGINE = Symbol('ENGINE');

export type StopReason = 'cancelled' | 'shutdown' | 'lost';

/** Why a run ends before its work is done, where that is not a fault. */
export class Stopped extends Error {
  override readonly name = 'Stopped';

  constructor(readonly reason: StopReason) {
    super(`The run was stopped: ${reason}`);
  }
}

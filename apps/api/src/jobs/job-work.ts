import type { StagedBlob } from '../platform/blobs/blob-store';
import type { Job, JobChange, JobOutcome, JobShape } from './job-record';

/** Derives a change from the current job. */
export type Decision<S extends JobShape> = (current: Job<S>) => JobChange<S>;

/**
 * What a run may do with its job. Everything is refused once the claim is lost. The database may be away for some minutes:
 * each of these then waits for it or writes later.
 */
export interface Run<S extends JobShape> {
  job: Job<S>;
  claim: string;
  /** Aborts when the job is cancelled, the worker shuts down, the claim is lost or the database stays away. */
  signal: AbortSignal;
  /** Reads from the database. `read` may run several times. */
  read<R>(read: () => Promise<R>): Promise<R>;
  /**
   * Writes changes in order; returns before the write is done if the database is away.
   * @param kind a newer change of the same kind replaces one that is still waiting
   */
  record(decide: Decision<S>, kind?: string): Promise<void>;
  /** Like `record`, and stores these bytes as the job's checkpoint; discards them if that fails. */
  keepCheckpoint(staged: StagedBlob, decide: Decision<S>): Promise<void>;
  /**
   * Ends a run whose work is done. Its results and the job's end are committed in one transaction.
   * @param make writes the results, and may run several times. It is not called if the job was cancelled after the run's last
   *   check: a cancelled job must leave no results
   * @throws ClaimLostError, and whatever `make` throws
   */
  finish(make: (current: Job<S>, now: Date) => Promise<JobOutcome<S>>): Promise<void>;
}

/** Does the work of one type of job and marks the job succeeded in the end. */
export abstract class JobWork<S extends JobShape = JobShape> {
  /** Describes the work, for the log. */
  abstract describe(job: Job<S>): string;
  abstract perform(run: Run<S>): Promise<void>;
}

/** Does the work of jobs, by their type. */
export type JobWorks = ReadonlyMap<string, JobWork<JobShape>>;
export const JOB_WORKS = Symbol('JOB_WORKS');

/** Injection token of this process's engine. */
export const ENGINE = Symbol('ENGINE');

export type StopReason = 'cancelled' | 'shutdown' | 'lost';

/** Thrown to end a run early without an error. */
export class Stopped extends Error {
  override readonly name = 'Stopped';

  constructor(readonly reason: StopReason) {
    super(`The run was stopped: ${reason}`);
  }
}

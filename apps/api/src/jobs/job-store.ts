import { randomUUID } from 'node:crypto';
import type { Moment } from '../platform/database/newest-first';
import type { Page, PageQuery } from '../platform/http/page';
import type { Wake } from '../platform/queue/job-queue';
import type { JobState } from './job-state';
import type { Job, JobChange, JobEventData, JobOf, JobType, NewJob } from './job-types';

/** A job's event, numbered from 1 within its job; numbers of steps that were thinned out are missing. */
export interface JobEvent {
  seq: number;
  data: JobEventData;
  at: Date;
}

/** Runs with the row locked, in a transaction: what it stores and what it returns happen together. */
export type Decide<T extends JobType = JobType> = (
  job: JobOf<T>,
  now: Date,
) => JobChange<T> | null | Promise<JobChange<T> | null>;

export interface Changed<T extends JobType = JobType> {
  before: JobOf<T>;
  after: JobOf<T>;
}

/**
 * One change, however often it is asked for: a COMMIT whose answer was lost may have happened, and must not happen again.
 * Only the run that holds the job's claim makes such changes.
 */
export class Once<T extends JobType = JobType> {
  readonly id = randomUUID();
  /** The job before the change, from the last time that it was asked for. */
  before?: JobOf<T>;
}

/** Which jobs a list has. */
export interface JobFilter {
  state?: JobState;
  type?: JobType;
}

/** Where jobs and their events are kept. Times are the store's, never a worker's clock. */
export abstract class JobStore {
  abstract insert(asked: NewJob): Promise<Job>;
  abstract find(id: string): Promise<Job | null>;
  /**
   * Lists jobs, newest first, without what grows with them: of a training's history the last row, of an import's
   * request no labels.
   */
  abstract list(filter: JobFilter, page: PageQuery<Moment>): Promise<Page<Job>>;
  /**
   * Null when there is no such job. A change that was committed before is not decided again.
   * @param T the job's type, which never changes, where the caller knows it
   */
  abstract change<T extends JobType>(
    id: string,
    decide: Decide<T>,
    once?: Once<T>,
  ): Promise<Changed<T> | null>;
  /** Jobs that nobody runs and that no message may be waiting for. Marks them as enqueued now. */
  abstract takeForgotten(limits: { staleAfterMs: number; repeatAfterMs: number }): Promise<Wake[]>;
  /** Jobs that these processes run, or ran when they died. */
  abstract findOfWorkers(workers: readonly string[]): Promise<string[]>;
  /** Failed jobs that have ended this long ago and still hold a checkpoint. */
  abstract findOutdated(keptMs: number): Promise<string[]>;
  /**
   * Deletes an ended job with its events; returns what it was, null when there is none.
   * @throws DomainError JOB_UNFINISHED
   */
  abstract delete(id: string): Promise<Job | null>;
  /** Finds jobs that ended at least this many days ago, up to a thousand of them. */
  abstract findEnded(days: number): Promise<string[]>;
  /** In order, those with a higher number than `after`. Steps may have been thinned out. */
  abstract events(id: string, after: number, limit: number): Promise<JobEvent[]>;
}

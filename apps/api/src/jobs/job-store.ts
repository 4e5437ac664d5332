import type { Wake } from '../queue/job-queue';
import type { Job, JobChange, JobEventData, JobRequest, JobState } from './job';

/** A job's event, numbered from 1 without gaps within its job. */
export interface JobEvent {
  seq: number;
  data: JobEventData;
  at: Date;
}

/** Runs with the row locked, in a transaction: what it stores and what it returns happen together. */
export type Decide = (job: Job, now: Date) => JobChange | null | Promise<JobChange | null>;

export interface Changed {
  before: Job;
  after: Job;
}

/** Where jobs and their events are kept. Times are the store's, never a worker's clock. */
export abstract class JobStore {
  abstract insert(request: JobRequest): Promise<Job>;
  abstract find(id: string): Promise<Job | null>;
  /** Newest first. */
  abstract list(filter: { state?: JobState; limit: number }): Promise<Job[]>;
  /** Null when there is no such job. */
  abstract change(id: string, decide: Decide): Promise<Changed | null>;
  /** Jobs that nobody runs and that no message may be waiting for. Marks them as enqueued now. */
  abstract takeForgotten(limits: { staleAfterMs: number; repeatAfterMs: number }): Promise<Wake[]>;
  /** In order, those with a higher number than `after`. */
  abstract events(id: string, after: number, limit: number): Promise<JobEvent[]>;
}

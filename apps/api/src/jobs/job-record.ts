import type { JobEventData } from './job-events';
import type { JobFailure, JobState } from './job-state';

/** What differs between types of job: the request, the status while it runs, and the result. */
export interface JobShape<Request = unknown, Status = unknown, Result = unknown> {
  request: Request;
  status: Status;
  result: Result;
}

/** The fields that every type of job has. */
export interface Lifecycle {
  id: string;
  /** Never changes. */
  type: string;
  name: string;
  state: JobState;
  /** In [0, 1]. */
  progress: number;
  etaSeconds: number | null;
  error: JobFailure | null;
  attempts: number;
  /** Number of claims since the last checkpoint that ended with the death of the worker. */
  fruitlessAttempts: number;
  /** Token of the only run that may write; null unless running. */
  claim: string | null;
  /** Id of the worker that runs it; null unless running, and for runs that began before workers had ids. */
  worker: string | null;
  heartbeatAt: Date | null;
  cancelRequestedAt: Date | null;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
}

export interface Job<S extends JobShape = JobShape> extends Lifecycle {
  request: S['request'];
  status: S['status'];
  result: S['result'] | null;
}

/** Fields to write and events to append, in one transaction. */
export interface JobChange<S extends JobShape = JobShape> {
  fields: Partial<Lifecycle> & Partial<Pick<Job<S>, 'status' | 'result'>>;
  events: JobEventData[];
}

/** The job's result, and its final status if that changes. */
export interface JobOutcome<S extends JobShape> {
  result: S['result'];
  status?: S['status'];
}

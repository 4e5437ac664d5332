import type { JobEventData } from './job-events';
import type { JobFailure, JobState } from './job-state';

/** What differs between types of job: what one is asked for, what it says of itself while it runs, and what it makes. */
export interface JobShape<Request = unknown, Status = unknown, Result = unknown> {
  request: Request;
  status: Status;
  result: Result;
}

/** What every job has, whatever its type. */
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
  /** Claims since the last checkpoint that did not end in an orderly way. */
  fruitlessAttempts: number;
  /** Token of the run that alone may write; null unless running. */
  claim: string | null;
  /** Id of the process that runs it; null unless running, and of runs that began before there were ids. */
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

/** What a transition does: fields to write and events to append, together or not at all. */
export interface JobChange<S extends JobShape = JobShape> {
  fields: Partial<Lifecycle> & Partial<Pick<Job<S>, 'status' | 'result'>>;
  events: JobEventData[];
}

/** What the job made, and its status where that says more in the end. */
export interface JobOutcome<S extends JobShape> {
  result: S['result'];
  status?: S['status'];
}

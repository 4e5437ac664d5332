import type { BenchmarkRequest, BenchmarkResult } from '../comparison/benchmark-job';
import type { ExportRequest, ExportResult } from '../registry/exports/export-job';
import type { FineTuneRequest, TrainingStatus } from '../training/fine-tune-job';
import type { ReportedEvent } from '../training/record-training';
import type { ImportRequest } from '../registry/import/import-job';
import type { JobFailure, JobState } from './job-state';
import type { ProgressEvent, WorkStatus } from './work-status';

export interface ModelReference {
  model: string;
  version: number;
}

/** By type of job: what it is asked for, what it says of itself while it runs, and what it makes. */
export interface JobTypes {
  'fine-tune': { request: FineTuneRequest; status: TrainingStatus; result: ModelReference };
  export: { request: ExportRequest; status: WorkStatus; result: ExportResult };
  benchmark: { request: BenchmarkRequest; status: WorkStatus; result: BenchmarkResult };
  import: { request: ImportRequest; status: WorkStatus; result: ModelReference };
}

export type JobType = keyof JobTypes;

/** What a job is asked for. */
export interface NewJob<T extends JobType = JobType> {
  type: T;
  /** The model that it makes or is about, or how many it is about. */
  name: string;
  request: JobTypes[T]['request'];
}

/** What every job has, whatever its type. */
export interface Lifecycle {
  id: string;
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

export interface JobOf<T extends JobType> extends Lifecycle, NewJob<T> {
  status: JobTypes[T]['status'];
  result: JobTypes[T]['result'] | null;
}

/** One of the types, known by its `type`. */
export type Job = { [T in JobType]: JobOf<T> }[JobType];

export interface StateEvent {
  type: 'state';
  state: JobState;
  attempt: number;
  /** The last epoch that a resumed training need not repeat. */
  resumedFromEpoch?: number;
  error?: JobFailure;
  result?: JobTypes[JobType]['result'];
}

export type JobEventData = ReportedEvent | ProgressEvent | StateEvent;

/** What a transition does: fields to write and events to append, together or not at all. */
export interface JobChange<T extends JobType = JobType> {
  fields: Partial<Lifecycle> & Partial<Pick<JobOf<T>, 'status' | 'result'>>;
  events: JobEventData[];
}

import type { ComponentType } from 'react';
import type { Job, JobSummary } from '@/api/types';

type JobType = Job['type'];
export type JobOf<T extends JobType> = Extract<Job, { type: T }>;

/** The view of one type of job. */
export interface TypeView<T extends JobType> {
  /** Returns the subject of a job, besides its model. */
  subject(job: JobOf<T> | Extract<JobSummary, { type: T }>): string;
  /** Consequence of cancelling it; default: it leaves nothing behind. */
  cancelling?: string;
  /** Shows its result; omitted if the type has its own page. */
  Result?: ComponentType<{ job: JobOf<T>; result: NonNullable<JobOf<T>['result']> }>;
}

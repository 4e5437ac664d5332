import type { ComponentType } from 'react';
import type { Job, JobSummary } from '@/api/types';

type JobType = Job['type'];
export type JobOf<T extends JobType> = Extract<Job, { type: T }>;

/** What the console shows of one type of job. */
export interface TypeView<T extends JobType> {
  /** What a job is about, beside its model. */
  subject(job: JobOf<T> | Extract<JobSummary, { type: T }>): string;
  /** What happens when it is cancelled; left out: it leaves nothing behind. */
  cancelling?: string;
  /** What it made; left out where the job's page is another one. */
  Result?: ComponentType<{ job: JobOf<T>; result: NonNullable<JobOf<T>['result']> }>;
}

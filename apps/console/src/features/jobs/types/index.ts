import type { Job, JobSummary } from '@/api/types';
import { benchmarkView } from './benchmark';
import { evaluateView } from './evaluate';
import { exportView } from './export';
import { importView } from './import';
import { reportView } from './report';
import type { TypeView } from './type-view';

const views: { [T in Job['type']]: TypeView<T> } = {
  'fine-tune': { subject: (job) => job.dataset.name },
  export: exportView,
  import: importView,
  benchmark: benchmarkView,
  evaluate: evaluateView,
  report: reportView,
};

/** Returns the view of the job's type. */
export function viewOf<T extends Job['type']>({ type }: { type: T }): TypeView<T> {
  return views[type];
}

/** Returns the subject of a job, besides its model. */
export function jobSubject<T extends Job['type']>(
  job: Extract<Job | JobSummary, { type: T }>,
): string {
  return viewOf<T>(job as { type: T }).subject(job as never);
}

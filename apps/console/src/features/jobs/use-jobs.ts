import type { JobSummary } from '@/api/types';
import { usePages } from '@/api/use-pages';
import { isFinished } from './job-progress';

/** Jobs, newest first; looked at again every few seconds while any of them is at work. */
export function useJobs() {
  return usePages<JobSummary>('/jobs', (jobs) =>
    jobs.some(({ state }) => !isFinished(state)) ? 3000 : 0,
  );
}

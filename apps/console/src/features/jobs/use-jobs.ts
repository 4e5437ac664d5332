import { usePages } from '@/api/use-pages';
import { isFinished } from './job-progress';

/** Reads the jobs, newest first; refreshes every few seconds while any of them is queued or running. */
export function useJobs() {
  return usePages('/jobs', {}, (jobs) => (jobs.some(({ state }) => !isFinished(state)) ? 3000 : 0));
}

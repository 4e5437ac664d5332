import { usePages } from '@/api/use-pages';
import { isFinished } from './job-progress';

/** Jobs, newest first; refreshed every few seconds while any of them is queued or running. */
export function useJobs() {
  return usePages('/jobs', {}, (jobs) => (jobs.some(({ state }) => !isFinished(state)) ? 3000 : 0));
}

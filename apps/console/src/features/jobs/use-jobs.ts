import useSWR from 'swr';
import type { Job } from '@/api/types';
import { isFinished } from './job-progress';

/** All jobs, newest first; looked at again every few seconds while any of them is at work. */
export function useJobs() {
  return useSWR<Job[]>('/jobs', {
    refreshInterval: (jobs) => (jobs?.some(({ state }) => !isFinished(state)) ? 3000 : 0),
  });
}

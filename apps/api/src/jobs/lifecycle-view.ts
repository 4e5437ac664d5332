import type { Lifecycle, NewJob } from './job-types';

const iso = (date: Date | null) => date?.toISOString() ?? null;

/** What the API shows of every job. */
export function viewOfLifecycle(job: Lifecycle & Pick<NewJob, 'name'>) {
  return {
    id: job.id,
    state: job.state,
    name: job.name,
    progress: job.progress,
    etaSeconds: job.etaSeconds,
    error: job.error,
    attempts: job.attempts,
    createdAt: job.createdAt.toISOString(),
    startedAt: iso(job.startedAt),
    finishedAt: iso(job.finishedAt),
  };
}

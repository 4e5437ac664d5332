import type { Job, JobRequest } from './job';

/** A job as it is accepted: queued, with nothing done yet. */
export function newJob(request: JobRequest, id: string, now: Date): Job {
  return {
    ...request,
    id,
    type: 'fine-tune',
    state: 'queued',
    progress: 0,
    epoch: 0,
    step: 0,
    steps: 0,
    etaSeconds: null,
    imagesPerSecond: null,
    metrics: null,
    history: [],
    result: null,
    error: null,
    engine: null,
    attempts: 0,
    fruitlessAttempts: 0,
    claim: null,
    heartbeatAt: null,
    cancelRequestedAt: null,
    checkpoint: null,
    createdAt: now,
    startedAt: null,
    finishedAt: null,
  };
}

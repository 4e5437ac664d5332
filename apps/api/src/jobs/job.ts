import type { Asked, DefinitionOf } from './job-definition';
import { isTerminal, nextStates, type JobFailure, type JobState } from './job-state';
import type { StateEvent } from './job-events';
import type { Job, JobChange, JobOutcome, JobShape, Lifecycle } from './job-record';

/** Returns a job's name for the log. */
export function labelOf({ name, id }: Pick<Lifecycle, 'name' | 'id'>): string {
  return `${name} (job ${id.slice(0, 8)})`;
}

/** The run's job was taken over, cancelled or ended elsewhere, so the run must stop writing. */
export class ClaimLostError extends Error {
  constructor(id: string) {
    super(`This worker no longer holds job ${id}.`);
    this.name = 'ClaimLostError';
  }
}

/** Returns a new job: queued and not started. */
export function newJob<S extends JobShape>(
  definition: DefinitionOf<S>,
  { name, request }: Asked<S['request']>,
  id: string,
  now: Date,
): Job<S> {
  return {
    id,
    type: definition.type,
    name,
    request,
    state: 'queued',
    progress: 0,
    etaSeconds: null,
    status: definition.initialStatus,
    result: null,
    error: null,
    attempts: 0,
    fruitlessAttempts: 0,
    claim: null,
    worker: null,
    heartbeatAt: null,
    cancelRequestedAt: null,
    createdAt: now,
    startedAt: null,
    finishedAt: null,
  };
}

function enter<S extends JobShape>(
  definition: DefinitionOf<S>,
  job: Job<S>,
  state: JobState,
  now: Date,
  fields: JobChange<S>['fields'] = {},
): JobChange<S> {
  if (!nextStates[job.state].includes(state)) {
    throw new Error(`A job cannot go from ${job.state} to ${state}.`);
  }
  const event: StateEvent = { type: 'state', state, attempt: fields.attempts ?? job.attempts };
  if (fields.error) event.error = fields.error;
  if (fields.result) event.result = fields.result as StateEvent['result'];
  const status = fields.status ?? job.status;
  // A failed job keeps its checkpoint for a while, so that its progress is not lost.
  const settled = state === 'failed' ? status : definition.settle(status);
  return {
    fields: {
      ...(state === 'running'
        ? {}
        : { claim: null, worker: null, heartbeatAt: null, etaSeconds: null }),
      ...fields,
      ...(isTerminal(state) ? { finishedAt: now, status: settled } : {}),
      state,
    },
    events: [event],
  };
}

/** @throws ClaimLostError */
export function requireClaim(job: Lifecycle, claim: string): void {
  if (job.state !== 'running' || job.claim !== claim) throw new ClaimLostError(job.id);
}

/** Claims a queued job, or a running one whose heartbeat is stale. Returns null if the job cannot be claimed. */
export function claimJob<S extends JobShape>(
  definition: DefinitionOf<S>,
  job: Job<S>,
  options: { claim: string; worker: string; staleAfterMs: number },
  now: Date,
): JobChange<S> | null {
  if (isTerminal(job.state)) return null;
  if (job.state === 'running') {
    const silentMs = now.getTime() - (job.heartbeatAt?.getTime() ?? 0);
    if (silentMs < options.staleAfterMs) return null;
    if (job.cancelRequestedAt) return enter(definition, job, 'cancelled', now);
  }
  if (job.fruitlessAttempts >= definition.deathLimit(job.status)) {
    const times = `The worker died ${job.fruitlessAttempts} times in a row`;
    return enter(definition, job, 'failed', now, {
      error: { code: 'WORKER_DIED', message: `${times} ${definition.deathAdvice}` },
    });
  }
  const { status, ...resumed } = definition.resume(job.status);
  const change = enter(definition, job, 'running', now, {
    claim: options.claim,
    worker: options.worker,
    heartbeatAt: now,
    startedAt: job.startedAt ?? now,
    attempts: job.attempts + 1,
    fruitlessAttempts: job.fruitlessAttempts + 1,
    status,
  });
  return { ...change, events: change.events.map((entered) => ({ ...entered, ...resumed })) };
}

export function succeedJob<S extends JobShape>(
  definition: DefinitionOf<S>,
  job: Job<S>,
  claim: string,
  outcome: JobOutcome<S>,
  now: Date,
): JobChange<S> {
  requireClaim(job, claim);
  return enter(definition, job, 'succeeded', now, { ...outcome, progress: 1 });
}

export function failJob<S extends JobShape>(
  definition: DefinitionOf<S>,
  job: Job<S>,
  claim: string,
  error: JobFailure,
  now: Date,
): JobChange<S> {
  requireClaim(job, claim);
  return enter(definition, job, 'failed', now, { error });
}

/** Returns an unfinished job to the queue because its worker is shutting down. */
export function releaseJob<S extends JobShape>(
  definition: DefinitionOf<S>,
  job: Job<S>,
  claim: string,
  now: Date,
): JobChange<S> {
  requireClaim(job, claim);
  return enter(definition, job, 'queued', now, {
    fruitlessAttempts: Math.max(0, job.fruitlessAttempts - 1),
  });
}

/** Returns a dead worker's job to the queue and counts the death. Returns null if another worker runs it or it has ended. */
export function abandonJob<S extends JobShape>(
  definition: DefinitionOf<S>,
  job: Job<S>,
  dead: readonly string[],
  now: Date,
): JobChange<S> | null {
  if (job.state !== 'running' || job.worker === null || !dead.includes(job.worker)) return null;
  return enter(definition, job, job.cancelRequestedAt ? 'cancelled' : 'queued', now);
}

/** Ends a running job that was cancelled. */
export function stopJob<S extends JobShape>(
  definition: DefinitionOf<S>,
  job: Job<S>,
  claim: string,
  now: Date,
): JobChange<S> {
  requireClaim(job, claim);
  return enter(definition, job, 'cancelled', now);
}

/** Drops the checkpoint of a job that failed long ago. Returns null if there is none. */
export function forgetCheckpoint<S extends JobShape>(
  definition: DefinitionOf<S>,
  job: Job<S>,
): JobChange<S> | null {
  if (job.state !== 'failed') return null;
  return { fields: { status: definition.settle(job.status) }, events: [] };
}

/** Cancels a queued job at once and asks a running one to stop. Returns null if there is nothing to do. */
export function requestCancel<S extends JobShape>(
  definition: DefinitionOf<S>,
  job: Job<S>,
  now: Date,
): JobChange<S> | null {
  if (job.state === 'queued')
    return enter(definition, job, 'cancelled', now, { cancelRequestedAt: now });
  if (job.state !== 'running' || job.cancelRequestedAt) return null;
  return { fields: { cancelRequestedAt: now }, events: [] };
}

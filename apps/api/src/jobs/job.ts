import { kindOf } from './job-kinds';
import { isTerminal, nextStates, type JobFailure, type JobState } from './job-state';
import type {
  JobChange,
  JobOf,
  JobType,
  JobTypes,
  Lifecycle,
  NewJob,
  StateEvent,
} from './job-types';

/** The run was taken over, cancelled or ended elsewhere: whoever gets this must stop writing. */
export class ClaimLostError extends Error {
  constructor(id: string) {
    super(`This worker no longer holds job ${id}.`);
    this.name = 'ClaimLostError';
  }
}

/** A job as it is accepted: queued, with nothing done yet. */
export function newJob<T extends JobType>(asked: NewJob<T>, id: string, now: Date): JobOf<T> {
  return {
    ...asked,
    id,
    state: 'queued',
    progress: 0,
    etaSeconds: null,
    status: kindOf(asked).initialStatus,
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

function enter<T extends JobType>(
  job: JobOf<T>,
  state: JobState,
  now: Date,
  fields: Partial<Lifecycle> & Partial<Pick<JobOf<T>, 'status' | 'result'>> = {},
): JobChange<T> {
  if (!nextStates[job.state].includes(state)) {
    throw new Error(`A job cannot go from ${job.state} to ${state}.`);
  }
  const event: StateEvent = { type: 'state', state, attempt: fields.attempts ?? job.attempts };
  if (fields.error) event.error = fields.error;
  if (fields.result) event.result = fields.result;
  const status = fields.status ?? job.status;
  // A failed job keeps its checkpoint for a while: what it had reached is not lost with it.
  const settled = state === 'failed' ? status : kindOf(job).settle(status);
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

/** A queued job, or a running one whose worker fell silent, becomes the claimant's. Null: not to be had. */
export function claimJob<T extends JobType>(
  job: JobOf<T>,
  options: { claim: string; worker: string; staleAfterMs: number },
  now: Date,
): JobChange<T> | null {
  if (isTerminal(job.state)) return null;
  if (job.state === 'running') {
    const silentMs = now.getTime() - (job.heartbeatAt?.getTime() ?? 0);
    if (silentMs < options.staleAfterMs) return null;
    if (job.cancelRequestedAt) return enter(job, 'cancelled', now);
  }
  const kind = kindOf(job);
  if (job.fruitlessAttempts >= kind.deathLimit(job.status)) {
    const times = `The worker died ${job.fruitlessAttempts} times in a row`;
    return enter(job, 'failed', now, {
      error: { code: 'WORKER_DIED', message: `${times} ${kind.deathAdvice}` },
    });
  }
  const { status, event } = kind.resume(job.status);
  const change = enter(job, 'running', now, {
    claim: options.claim,
    worker: options.worker,
    heartbeatAt: now,
    startedAt: job.startedAt ?? now,
    attempts: job.attempts + 1,
    fruitlessAttempts: job.fruitlessAttempts + 1,
    status,
  });
  return { ...change, events: change.events.map((entered) => ({ ...entered, ...event })) };
}

/** What the job made, and its status where that says more in the end. */
export interface JobOutcome<T extends JobType> {
  result: JobTypes[T]['result'];
  status?: JobTypes[T]['status'];
}

export function succeedJob<T extends JobType>(
  job: JobOf<T>,
  claim: string,
  outcome: JobOutcome<T>,
  now: Date,
): JobChange<T> {
  requireClaim(job, claim);
  return enter(job, 'succeeded', now, { ...outcome, progress: 1 });
}

export function failJob<T extends JobType>(
  job: JobOf<T>,
  claim: string,
  error: JobFailure,
  now: Date,
): JobChange<T> {
  requireClaim(job, claim);
  return enter(job, 'failed', now, { error });
}

/** The run gives the job back unfinished: its worker is shutting down in an orderly way. */
export function releaseJob<T extends JobType>(
  job: JobOf<T>,
  claim: string,
  now: Date,
): JobChange<T> {
  requireClaim(job, claim);
  return enter(job, 'queued', now, { fruitlessAttempts: Math.max(0, job.fruitlessAttempts - 1) });
}

/** A job whose worker is known to be dead waits for another, and the death counts. Null: another runs it, or it has ended. */
export function abandonJob<T extends JobType>(
  job: JobOf<T>,
  dead: readonly string[],
  now: Date,
): JobChange<T> | null {
  if (job.state !== 'running' || job.worker === null || !dead.includes(job.worker)) return null;
  return enter(job, job.cancelRequestedAt ? 'cancelled' : 'queued', now);
}

/** The run obeys a request to cancel. */
export function stopJob<T extends JobType>(job: JobOf<T>, claim: string, now: Date): JobChange<T> {
  requireClaim(job, claim);
  return enter(job, 'cancelled', now);
}

/** Nothing goes on from a job that failed long ago. Null: it holds nothing. */
export function forgetCheckpoint<T extends JobType>(job: JobOf<T>): JobChange<T> | null {
  if (job.state !== 'failed') return null;
  return { fields: { status: kindOf(job).settle(job.status) }, events: [] };
}

/** A queued job ends at once; a running one is asked to stop. Null: nothing (more) to do. */
export function requestCancel<T extends JobType>(job: JobOf<T>, now: Date): JobChange<T> | null {
  if (job.state === 'queued') return enter(job, 'cancelled', now, { cancelRequestedAt: now });
  if (job.state !== 'running' || job.cancelRequestedAt) return null;
  return { fields: { cancelRequestedAt: now }, events: [] };
}

import type { EpochEvent, EpochRow, Metrics, Recipe, TrainingEvent } from '@coatrack/training';

export const jobStates = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;
export type JobState = (typeof jobStates)[number];

export interface ModelReference {
  model: string;
  version: number;
}

export interface JobFailure {
  code: string;
  message: string;
}

export interface StateEvent {
  type: 'state';
  state: JobState;
  attempt: number;
  /** The last epoch that a resumed run need not repeat. */
  resumedFromEpoch?: number;
  error?: JobFailure;
  result?: ModelReference;
}

export type JobEventData = TrainingEvent | StateEvent;

/** Where a run that lost its worker goes on from. */
export interface Checkpoint {
  /** Key in the blob store. */
  blob: string;
  epoch: number;
  step: number;
}

export interface JobRequest {
  name: string;
  architecture: string;
  parent: ModelReference | null;
  dataset: { id: string; name: string };
  recipe: Recipe;
}

export interface Job extends JobRequest {
  id: string;
  type: 'fine-tune';
  state: JobState;
  progress: number;
  epoch: number;
  step: number;
  steps: number;
  etaSeconds: number | null;
  imagesPerSecond: number | null;
  metrics: Metrics | null;
  history: EpochRow[];
  result: ModelReference | null;
  error: JobFailure | null;
  engine: string | null;
  attempts: number;
  /** Claims since the last checkpoint that did not end in an orderly way. */
  fruitlessAttempts: number;
  /** Token of the run that alone may write; null unless running. */
  claim: string | null;
  heartbeatAt: Date | null;
  cancelRequestedAt: Date | null;
  checkpoint: Checkpoint | null;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
}

/** What a transition does: fields to write and events to append, together or not at all. */
export interface JobChange {
  fields: Partial<Job>;
  events: JobEventData[];
}

/** A worker may die this often in a row without reaching a new checkpoint. */
export const fruitlessAttemptLimit = 5;

/** The run was taken over, cancelled or ended elsewhere: whoever gets this must stop writing. */
export class ClaimLostError extends Error {
  constructor(id: string) {
    super(`This worker no longer holds job ${id}.`);
    this.name = 'ClaimLostError';
  }
}

const nextStates: Record<JobState, readonly JobState[]> = {
  queued: ['running', 'cancelled', 'failed'],
  running: ['running', 'queued', 'succeeded', 'failed', 'cancelled'],
  succeeded: [],
  failed: [],
  cancelled: [],
};

export function isTerminal(state: JobState): boolean {
  return nextStates[state].length === 0;
}

function enter(job: Job, state: JobState, now: Date, fields: Partial<Job> = {}): JobChange {
  if (!nextStates[job.state].includes(state)) {
    throw new Error(`A job cannot go from ${job.state} to ${state}.`);
  }
  const ended = isTerminal(state);
  const event: StateEvent = { type: 'state', state, attempt: fields.attempts ?? job.attempts };
  if (fields.error) event.error = fields.error;
  if (fields.result) event.result = fields.result;
  return {
    fields: {
      ...(state === 'running' ? {} : { claim: null, heartbeatAt: null, etaSeconds: null }),
      ...(ended ? { finishedAt: now, checkpoint: null } : {}),
      ...fields,
      state,
    },
    events: [event],
  };
}

/** @throws ClaimLostError */
export function requireClaim(job: Job, claim: string): void {
  if (job.state !== 'running' || job.claim !== claim) throw new ClaimLostError(job.id);
}

/** A queued job, or a running one whose worker fell silent, becomes the claimant's. Null: not to be had. */
export function claimJob(
  job: Job,
  options: { claim: string; staleAfterMs: number },
  now: Date,
): JobChange | null {
  if (isTerminal(job.state)) return null;
  if (job.state === 'running') {
    const silentMs = now.getTime() - (job.heartbeatAt?.getTime() ?? 0);
    if (silentMs < options.staleAfterMs) return null;
    if (job.cancelRequestedAt) return enter(job, 'cancelled', now);
  }
  if (job.fruitlessAttempts >= fruitlessAttemptLimit) {
    return enter(job, 'failed', now, {
      error: {
        code: 'WORKER_DIED',
        message:
          `The worker died ${job.fruitlessAttempts} times in a row before an epoch was finished, ` +
          'most likely for lack of memory. A smaller batchSize or imageSize needs less.',
      },
    });
  }
  const change = enter(job, 'running', now, {
    claim: options.claim,
    heartbeatAt: now,
    startedAt: job.startedAt ?? now,
    attempts: job.attempts + 1,
    fruitlessAttempts: job.fruitlessAttempts + 1,
    ...rewindTo(job.checkpoint, job),
  });
  if (job.checkpoint) (change.events[0] as StateEvent).resumedFromEpoch = job.checkpoint.epoch;
  return change;
}

/** A resumed run repeats what came after its checkpoint: those rows must not stay twice. */
function rewindTo(checkpoint: Checkpoint | null, job: Job): Partial<Job> {
  const epoch = checkpoint?.epoch ?? 0;
  return {
    epoch,
    step: checkpoint?.step ?? 0,
    history: job.history.filter((row) => row.epoch <= epoch),
  };
}

/** Takes in what the trainer says. */
export function recordTraining(job: Job, claim: string, event: TrainingEvent): JobChange {
  requireClaim(job, claim);
  switch (event.type) {
    case 'started':
      return { fields: { engine: event.engine, steps: event.steps }, events: [event] };
    case 'step':
      return {
        fields: {
          step: event.step,
          progress: event.progress,
          etaSeconds: event.etaSeconds,
          imagesPerSecond: event.imagesPerSecond,
        },
        events: [event],
      };
    case 'epoch':
      return {
        fields: {
          epoch: event.epoch,
          step: event.step,
          progress: event.progress,
          etaSeconds: event.etaSeconds,
          imagesPerSecond: event.imagesPerSecond,
          history: [...job.history.filter((row) => row.epoch < event.epoch), rowOf(event)],
        },
        events: [event],
      };
  }
}

function rowOf({ type: _, etaSeconds: __, progress: ___, ...row }: EpochEvent): EpochRow {
  return row;
}

export function recordCheckpoint(job: Job, claim: string, checkpoint: Checkpoint): JobChange {
  requireClaim(job, claim);
  return { fields: { checkpoint, step: checkpoint.step, fruitlessAttempts: 0 }, events: [] };
}

export function succeedJob(
  job: Job,
  claim: string,
  outcome: { result: ModelReference; metrics: Metrics },
  now: Date,
): JobChange {
  requireClaim(job, claim);
  return enter(job, 'succeeded', now, { ...outcome, progress: 1, step: job.steps });
}

export function failJob(job: Job, claim: string, error: JobFailure, now: Date): JobChange {
  requireClaim(job, claim);
  return enter(job, 'failed', now, { error });
}

/** The run gives the job back unfinished: its worker is shutting down in an orderly way. */
export function releaseJob(job: Job, claim: string, now: Date): JobChange {
  requireClaim(job, claim);
  return enter(job, 'queued', now, { fruitlessAttempts: Math.max(0, job.fruitlessAttempts - 1) });
}

/** The run obeys a request to cancel. */
export function stopJob(job: Job, claim: string, now: Date): JobChange {
  requireClaim(job, claim);
  return enter(job, 'cancelled', now);
}

/** A queued job ends at once; a running one is asked to stop. Null: nothing (more) to do. */
export function requestCancel(job: Job, now: Date): JobChange | null {
  if (job.state === 'queued') return enter(job, 'cancelled', now, { cancelRequestedAt: now });
  if (job.state !== 'running' || job.cancelRequestedAt) return null;
  return { fields: { cancelRequestedAt: now }, events: [] };
}

import { z } from 'zod';
import type { Job, JobChange, JobShape } from './job-record';
import { requireClaim } from './job';
import { deathLimit, type JobView } from './job-definition';
import type { Run } from './job-work';

const progressUnits = ['bytes', 'tensors', 'images', 'settings'] as const;

/** The status fields of a job that has phases rather than steps and epochs. */
export const phaseFields = {
  phase: z.string().nullable().describe('Current phase; null before the start'),
  done: z.number().describe('Units of the phase that are done'),
  total: z.number().nullable().describe('Units of the phase; null if unknown'),
  unit: z.enum(progressUnits).describe('Unit of done and total'),
};

/** Status of such a job. */
export type PhasedStatus = z.output<z.ZodObject<typeof phaseFields>>;

const progressEventSchema = z.object({
  type: z.literal('progress'),
  phase: z.string(),
  done: phaseFields.done,
  total: phaseFields.total,
  unit: phaseFields.unit,
  progress: z.number().describe('Progress of the whole job, in [0, 1]'),
  etaSeconds: z.number().nullable(),
});

type ProgressEvent = z.output<typeof progressEventSchema>;

/** Progress as the work reports it. */
export type Progress = Omit<ProgressEvent, 'type' | 'etaSeconds'>;

/** Shape of a job that has phases. */
export type PhasedShape<Request, Result> = JobShape<Request, PhasedStatus, Result>;

const notStarted: PhasedStatus = { phase: null, done: 0, total: null, unit: 'bytes' };

const phasedEvents = { progress: { schema: progressEventSchema, frequent: true } };

/** Shared parts of the definitions of jobs that have phases and start over in the next attempt. */
export const phasedWork = {
  initialStatus: notStarted,
  resume: () => ({ status: notStarted }),
  deathLimit: () => deathLimit,
  checkpointBlob: () => null,
  settle: (status: PhasedStatus) => status,
  deathAdvice: 'before it was done, most likely for lack of memory.',
  events: phasedEvents,
};

/**
 * Shows such a job's request and phase.
 * @param fields of the request
 * @param figures schema of the parts of the result that lists show, too
 */
export function showsPhase<F extends z.ZodRawShape, Result>(
  fields: F,
  { example, figures }: { example?: object; figures?: z.ZodType } = {},
): JobView<PhasedShape<z.output<z.ZodObject<F>>, Result>> {
  return {
    fields: { ...phaseFields, ...fields, ...(figures ? { result: figures.nullable() } : {}) },
    of: ({ request, status, result }) => ({
      ...request,
      ...status,
      ...(figures ? { result } : {}),
    }),
    example,
  };
}

function recordProgress<S extends PhasedShape<unknown, unknown>>(
  job: Job<S>,
  claim: string,
  event: ProgressEvent,
): JobChange<S> {
  requireClaim(job, claim);
  const { phase, done, total, unit, progress, etaSeconds } = event;
  const status = { phase, done, total, unit };
  return { fields: { progress, etaSeconds, status }, events: [event] };
}

/** Minimum interval between stored progress events, unless a new phase begins. */
const intervalMs = 1000;

/** Time before which no remaining time is estimated. */
const guessAfterMs = 2000;

/** Returns a function that records a run's progress, however often it is called. */
export function progressReporter<S extends PhasedShape<unknown, unknown>>(
  run: Pick<Run<S>, 'claim' | 'record'>,
  now: () => number = Date.now,
): (progress: Progress) => Promise<void> {
  const started = now();
  let last = -Infinity;
  let phase: string | undefined;
  /** Progress made by earlier attempts, which says nothing about this one's pace. */
  let before: number | undefined;
  return async (reported) => {
    const elapsedMs = now() - started;
    if (reported.phase === phase && elapsedMs - last < intervalMs) return;
    last = elapsedMs;
    phase = reported.phase;
    before ??= reported.progress;
    const made = reported.progress - before;
    const known = elapsedMs >= guessAfterMs && made > 0;
    const etaSeconds = known ? ((elapsedMs / made) * (1 - reported.progress)) / 1000 : null;
    await run.record(
      (job) => recordProgress(job, run.claim, { type: 'progress', ...reported, etaSeconds }),
      'progress',
    );
  };
}

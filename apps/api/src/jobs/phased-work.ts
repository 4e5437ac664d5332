import { z } from 'zod';
import type { Job, JobChange, JobShape } from './job-record';
import { requireClaim } from './job';
import { deathLimit } from './job-definition';
import type { Run } from './job-work';

const progressUnits = ['bytes', 'tensors', 'images', 'settings'] as const;

/** What the API shows of a job that goes through phases rather than steps and epochs. */
export const phaseFields = {
  phase: z.string().nullable().describe('What is being done; null before the start'),
  done: z.number().describe('Of the phase'),
  total: z.number().nullable().describe('Of the phase; null where it is unknown'),
  unit: z.enum(progressUnits).describe('What done and total count'),
};

/** Where such a job is. */
export type PhasedStatus = z.output<z.ZodObject<typeof phaseFields>>;

const progressEventSchema = z.object({
  type: z.literal('progress'),
  phase: z.string(),
  done: phaseFields.done,
  total: phaseFields.total,
  unit: phaseFields.unit,
  progress: z.number().describe('Of the whole job, in [0, 1]'),
  etaSeconds: z.number().nullable(),
});

type ProgressEvent = z.output<typeof progressEventSchema>;

/** What the work itself reports. */
export type Progress = Omit<ProgressEvent, 'type' | 'etaSeconds'>;

/** A type of job that goes through phases. */
export type PhasedShape<Request, Result> = JobShape<Request, PhasedStatus, Result>;

const notStarted: PhasedStatus = { phase: null, done: 0, total: null, unit: 'bytes' };

const phasedEvents = { progress: { schema: progressEventSchema, frequent: true } };

/** What definitions share whose work goes through phases and begins again in the next attempt. */
export const phasedWork = {
  initialStatus: notStarted,
  resume: () => ({ status: notStarted }),
  deathLimit: () => deathLimit,
  checkpointBlob: () => null,
  settle: (status: PhasedStatus) => status,
  deathAdvice: 'before it was done, most likely for lack of memory.',
  events: phasedEvents,
};

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

/** A progress event is persisted at most once in this time, unless a phase begins. */
const intervalMs = 1000;

/** Before this time an estimate of the time left is worthless. */
const guessAfterMs = 2000;

/** Records what a run says of its progress, however often it does. */
export function progressReporter<S extends PhasedShape<unknown, unknown>>(
  run: Pick<Run<S>, 'claim' | 'record'>,
  now: () => number = Date.now,
): (progress: Progress) => Promise<void> {
  const started = now();
  let last = -Infinity;
  let phase: string | undefined;
  /** What an earlier attempt had done is not this one's pace. */
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

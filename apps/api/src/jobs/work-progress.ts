import { requireClaim } from './job';
import type { JobChange, JobOf } from './job-types';
import type { Run } from './job-work';
import type { Progress, ProgressEvent, WorkingType } from './work-status';

export function recordProgress<T extends WorkingType>(
  job: JobOf<T>,
  claim: string,
  event: ProgressEvent,
): JobChange<T> {
  requireClaim(job, claim);
  const { phase, done, total, unit, progress, etaSeconds } = event;
  const status = { phase, done, total, unit };
  return { fields: { progress, etaSeconds, status }, events: [event] };
}

/** A progress event is persisted at most once in this time, unless a phase begins. */
const intervalMs = 1000;

/** Earlier than this a guess at the time left is none. */
const guessAfterMs = 2000;

/** Takes in what a run says of its progress, however often it does. */
export function progressReporter<T extends WorkingType>(
  run: Pick<Run<T>, 'claim' | 'record'>,
  now: () => number = Date.now,
): (progress: Progress) => Promise<void> {
  const started = now();
  let last = -Infinity;
  let phase: string | undefined;
  /** What an earlier attempt had done is not this one's pace. */
  let before: number | undefined;
  return async (told) => {
    const elapsedMs = now() - started;
    if (told.phase === phase && elapsedMs - last < intervalMs) return;
    last = elapsedMs;
    phase = told.phase;
    before ??= told.progress;
    const made = told.progress - before;
    const known = elapsedMs >= guessAfterMs && made > 0;
    const etaSeconds = known ? ((elapsedMs / made) * (1 - told.progress)) / 1000 : null;
    await run.record(
      (job) => recordProgress(job, run.claim, { type: 'progress', ...told, etaSeconds }),
      'progress',
    );
  };
}

import type { EpochRow, FineTuneJob, JobEvent, JobState } from '@/api/types';

interface Pace {
  imagesPerSecond: number;
  etaSeconds: number;
  progress: number;
}

export interface JobProgress {
  state: JobState;
  attempt: number;
  /** The epoch after which a new worker resumed the job; null in an undisturbed run. */
  resumedFromEpoch: number | null;
  engine: string | null;
  progress: number;
  epoch: number;
  epochs: number;
  step: number;
  steps: number;
  etaSeconds: number | null;
  imagesPerSecond: number | null;
  /** Of progressive learning; null where the training has one stage, or none has begun. */
  stage: { stage: number; stages: number; imageSize: number } | null;
  losses: { step: number; loss: number }[];
  history: EpochRow[];
}

/** Maximum number of points: more than a chart has pixels only cost time. */
const maxLosses = 1000;

const terminal: ReadonlySet<JobState> = new Set(['succeeded', 'failed', 'cancelled']);
export const isFinished = (state: JobState) => terminal.has(state);

export const beforeFirstEvent: JobProgress = {
  state: 'queued',
  attempt: 0,
  resumedFromEpoch: null,
  engine: null,
  progress: 0,
  epoch: 0,
  epochs: 0,
  step: 0,
  steps: 0,
  etaSeconds: null,
  imagesPerSecond: null,
  stage: null,
  losses: [],
  history: [],
};

/**
 * Returns what to show while a reloaded page replays a job's events: the job as read, with the part of the loss curve that
 * has arrived, until the replay has caught up.
 */
export function latest(replay: JobProgress, job: FineTuneJob): JobProgress {
  const behind =
    replay.attempt < job.attempts ||
    replay.step < job.step ||
    (isFinished(job.state) && !isFinished(replay.state));
  if (!behind) return { ...replay, epochs: job.epochs };
  const { state, engine, progress, epoch, epochs, step, steps, etaSeconds, imagesPerSecond } = job;
  const { resumedFromEpoch, stage, losses } = replay;
  return {
    state,
    engine,
    progress,
    epoch,
    epochs,
    step,
    steps,
    etaSeconds,
    imagesPerSecond,
    attempt: job.attempts,
    resumedFromEpoch,
    stage,
    losses,
    history: job.history,
  };
}

export function reduce(progress: JobProgress, event: JobEvent): JobProgress {
  switch (event.type) {
    case 'state':
      return afterState(progress, event);
    case 'started':
      return { ...progress, engine: event.engine, steps: event.steps, epochs: event.epochs };
    case 'features':
      return { ...progress, ...pace(event) };
    case 'stage': {
      const { stage, stages, imageSize } = event;
      return { ...progress, stage: { stage, stages, imageSize } };
    }
    case 'step': {
      const { step, epoch, loss } = event;
      // A step at or before the last one means that a worker resumed the job from its last checkpoint.
      const before = progress.losses.filter((point) => point.step < step);
      const losses = thin([...before, { step, loss }]);
      return { ...progress, ...pace(event), step, epoch, losses };
    }
    case 'epoch': {
      const before = progress.history.filter((row) => row.epoch < event.epoch);
      return {
        ...progress,
        ...pace(event),
        epoch: event.epoch,
        history: [...before, epochRow(event)],
      };
    }
    case 'progress':
      // Events of other types of job, which have phases.
      return progress;
  }
}

function afterState(progress: JobProgress, event: Extract<JobEvent, { type: 'state' }>) {
  const { state, attempt } = event;
  const resumedFromEpoch = event.resumedFromEpoch ?? progress.resumedFromEpoch;
  const done = state === 'succeeded' ? { progress: 1 } : {};
  const etaSeconds = state === 'running' ? progress.etaSeconds : null;
  return { ...progress, state, attempt, resumedFromEpoch, etaSeconds, ...done };
}

function pace({ imagesPerSecond, etaSeconds, progress }: Pace): Pace {
  return { imagesPerSecond, etaSeconds, progress };
}

function epochRow(event: EpochRow): EpochRow {
  const { epoch, step, trainLoss, trainTop1, validationLoss, top1, top5, imagesPerSecond } = event;
  return { epoch, step, trainLoss, trainTop1, validationLoss, top1, top5, imagesPerSecond };
}

function thin<T>(points: T[]): T[] {
  return points.length <= maxLosses ? points : points.filter((_, index) => index % 2 === 0);
}

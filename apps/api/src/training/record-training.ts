import type { EpochEvent, EpochRow, StartedEvent, TrainingEvent } from '@coatrack/training';
import { requireClaim } from '../jobs/job';
import type { JobChange } from '../jobs/job-types';
import type { Checkpoint, FineTuneJob, HeadStart, TrainingStatus } from './fine-tune-job';

type Change = JobChange<'fine-tune'>;

/** What the trainer says, with what it doesn't know of the start. */
export type ReportedEvent = Exclude<TrainingEvent, StartedEvent> | StartedFrom;

export interface StartedFrom extends StartedEvent {
  head: HeadStart | null;
}

/** Takes in what the trainer says. */
export function recordTraining(job: FineTuneJob, claim: string, event: ReportedEvent): Change {
  requireClaim(job, claim);
  const { status } = job;
  if (event.type === 'started') {
    const { engine, steps, head } = event;
    return { fields: { status: { ...status, engine, steps, head } }, events: [event] };
  }
  const { step, progress, etaSeconds, imagesPerSecond } = event;
  const reached = { ...status, step, imagesPerSecond };
  if (event.type === 'epoch') {
    reached.epoch = event.epoch;
    reached.history = [...status.history.filter((row) => row.epoch < event.epoch), rowOf(event)];
  }
  return { fields: { progress, etaSeconds, status: reached }, events: [event] };
}

function rowOf({ type: _, etaSeconds: __, progress: ___, ...row }: EpochEvent): EpochRow {
  return row;
}

export function recordCheckpoint(job: FineTuneJob, claim: string, checkpoint: Checkpoint): Change {
  requireClaim(job, claim);
  const status = { ...job.status, checkpoint, step: checkpoint.step };
  return { fields: { status, fruitlessAttempts: 0 }, events: [] };
}

export function recordMemory(
  job: FineTuneJob,
  claim: string,
  memory: TrainingStatus['memory'],
): Change {
  requireClaim(job, claim);
  return { fields: { status: { ...job.status, memory } }, events: [] };
}

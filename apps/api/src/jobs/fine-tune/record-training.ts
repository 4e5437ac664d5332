import type { EpochEvent, EpochRow, TrainingEvent } from '@coatrack/training';
import { requireClaim } from '../job';
import type { JobChange } from '../job-types';
import type { Checkpoint, FineTuneJob } from './fine-tune-job';

type Change = JobChange<'fine-tune'>;

/** Takes in what the trainer says. */
export function recordTraining(job: FineTuneJob, claim: string, event: TrainingEvent): Change {
  requireClaim(job, claim);
  const { status } = job;
  if (event.type === 'started') {
    const { engine, steps } = event;
    return { fields: { status: { ...status, engine, steps } }, events: [event] };
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

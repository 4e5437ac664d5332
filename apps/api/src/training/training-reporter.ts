import type { TrainingEvent } from '@coatrack/training';
import { Logger } from '@nestjs/common';
import type { Run } from '../jobs/job-work';
import { epochLine } from './progress-line';
import type { HeadStart } from './fine-tune-job';
import { recordTraining } from './record-training';
import { throttleSteps } from './step-throttle';

/** A step event is persisted at most once in this time. */
const stepIntervalMs = 1000;

/** Takes in what the trainer says, and tells the log about every epoch. */
export function trainingReporter(
  run: Run<'fine-tune'>,
  head: HeadStart | null,
): (event: TrainingEvent) => Promise<void> {
  const logger = new Logger('Jobs');
  const passes = throttleSteps(stepIntervalMs);
  return async (event) => {
    if (event.type === 'epoch') logger.log(epochLine(run.job, event));
    if (!passes(event)) return;
    const kind = event.type === 'step' ? 'step' : undefined;
    const reported = event.type === 'started' ? { ...event, head } : event;
    await run.record((job) => recordTraining(job, run.claim, reported), kind);
  };
}

import type { EpochEvent } from '@coatrack/training';
import { labelOf } from '../jobs/job-label';
import type { FineTuneJob } from './fine-tune-job';

const percent = (share: number) => `${(share * 100).toFixed(1)} %`;

/** A duration as a person says it: "40 s", "3 min", "2 h 5 min". */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** One line about a finished epoch for the worker's terminal. */
export function epochLine(job: FineTuneJob, event: EpochEvent): string {
  return [
    `${labelOf(job)}: epoch ${event.epoch}/${job.request.recipe.epochs}`,
    `loss ${event.trainLoss.toFixed(3)}`,
    `validation loss ${event.validationLoss.toFixed(3)}`,
    `top-1 ${percent(event.top1)}`,
    `${event.imagesPerSecond.toFixed(1)} pictures/s`,
    event.epoch < job.request.recipe.epochs ? `${duration(event.etaSeconds)} left` : 'last epoch',
  ].join(', ');
}

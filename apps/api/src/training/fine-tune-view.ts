import { viewOfLifecycle } from '../jobs/lifecycle-view';
import type { FineTuneJob as Answer, FineTuneJobSummary as Summary } from './fine-tune.dto';
import type { FineTuneJob } from './fine-tune-job';

/** A fine-tune as the API shows it. */
export function viewOfFineTune(job: FineTuneJob): Answer {
  const { epoch, step, steps, imagesPerSecond, engine, history, metrics } = job.status;
  return {
    ...viewOfLifecycle(job),
    type: job.type,
    ...job.request,
    epochs: job.request.recipe.epochs,
    ...{ epoch, step, steps, imagesPerSecond, engine, history, metrics },
    head: job.status.head ?? null,
    result: job.result,
  };
}

/** Shows a fine-tune as lists have it. */
export function summaryOfFineTune(job: FineTuneJob): Summary {
  const whole = viewOfFineTune(job);
  const top1 = whole.metrics?.top1 ?? whole.history.at(-1)?.top1 ?? null;
  return { ...withoutDetails(whole), top1 };
}

function withoutDetails({ recipe: _, history: __, ...rest }: Answer): Omit<Summary, 'top1'> {
  return rest;
}

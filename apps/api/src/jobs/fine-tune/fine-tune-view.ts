import { viewOfLifecycle } from '../lifecycle-view';
import type { FineTuneJob as Answer } from './fine-tune.dto';
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
    result: job.result,
  };
}

import type { Job } from './job';
import type { Job as JobAnswer } from './job.dto';

const iso = (date: Date | null) => date?.toISOString() ?? null;

/** A job as the API shows it. */
export function viewOf(job: Job): JobAnswer {
  return {
    id: job.id,
    type: job.type,
    state: job.state,
    name: job.name,
    architecture: job.architecture,
    parent: job.parent,
    dataset: job.dataset,
    recipe: job.recipe,
    progress: job.progress,
    epoch: job.epoch,
    epochs: job.recipe.epochs,
    step: job.step,
    steps: job.steps,
    etaSeconds: job.etaSeconds,
    imagesPerSecond: job.imagesPerSecond,
    metrics: job.metrics,
    history: job.history,
    result: job.result,
    error: job.error,
    engine: job.engine,
    attempts: job.attempts,
    createdAt: job.createdAt.toISOString(),
    startedAt: iso(job.startedAt),
    finishedAt: iso(job.finishedAt),
  };
}

import { viewOfFineTune } from './fine-tune/fine-tune-view';
import type { Job as Answer } from './job.dto';
import type { Job, JobOf, JobType } from './job-types';

const views: { [T in JobType]: (job: JobOf<T>) => Answer } = {
  'fine-tune': viewOfFineTune,
};

/** A job as the API shows it. */
export function viewOf(job: Job): Answer {
  return view(job);
}

function view<T extends JobType>(job: JobOf<T>): Answer {
  return views[job.type](job);
}

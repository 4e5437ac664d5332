import { viewOfBenchmark } from './benchmark/benchmark-view';
import { viewOfExport } from './export/export-view';
import { viewOfFineTune } from './fine-tune/fine-tune-view';
import { viewOfImport } from './import/import-view';
import type { Job as Answer } from './job.dto';
import type { JobOf, JobType } from './job-types';

const views: { [T in JobType]: (job: JobOf<T>) => Answer } = {
  'fine-tune': viewOfFineTune,
  export: viewOfExport,
  import: viewOfImport,
  benchmark: viewOfBenchmark,
};

/** A job as the API shows it. */
export function viewOf<T extends JobType>(job: JobOf<T>): Answer {
  return views[job.type](job);
}

import { summaryOfBenchmark, viewOfBenchmark } from '../comparison/benchmark-view';
import { viewOfExport } from '../registry/exports/export-view';
import { summaryOfFineTune, viewOfFineTune } from '../training/fine-tune-view';
import { viewOfImport } from '../registry/import/import-view';
import type { Job as Answer, JobSummary as Summary } from './job.dto';
import type { JobOf, JobType } from './job-types';

const views: { [T in JobType]: (job: JobOf<T>) => Answer } = {
  'fine-tune': viewOfFineTune,
  export: viewOfExport,
  import: viewOfImport,
  benchmark: viewOfBenchmark,
};

const summaries: { [T in JobType]: (job: JobOf<T>) => Summary } = {
  'fine-tune': summaryOfFineTune,
  export: viewOfExport,
  import: viewOfImport,
  benchmark: summaryOfBenchmark,
};

/** Shows a job as lists of the API have it. */
export function summaryOf<T extends JobType>(job: JobOf<T>): Summary {
  return summaries[job.type](job);
}

/** A job as the API shows it. */
export function viewOf<T extends JobType>(job: JobOf<T>): Answer {
  return views[job.type](job);
}

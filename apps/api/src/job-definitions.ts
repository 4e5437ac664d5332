import { benchmarkJob } from './comparison/benchmark.job';
import { evaluateJob } from './comparison/evaluate.job';
import { reportJob } from './comparison/report.job';
import type { JobDefinition } from './jobs/job-definition';
import { exportJob } from './registry/exports/export.job';
import { importJob } from './registry/import/import.job';
import { fineTuneJob } from './training/fine-tune.job';

/** Every type of job; the API's unions, its lists and the worker are derived from these. */
export const jobDefinitions: readonly JobDefinition[] = [
  fineTuneJob,
  exportJob,
  importJob,
  benchmarkJob,
  evaluateJob,
  reportJob,
];

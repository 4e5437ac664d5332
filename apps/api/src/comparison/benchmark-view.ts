import { viewOfLifecycle } from '../jobs/lifecycle-view';
import type { BenchmarkJob as Answer, BenchmarkJobSummary as Summary } from './benchmark.dto';
import type { BenchmarkJob } from './benchmark-job';

/** A benchmark as the API shows it. */
export function viewOfBenchmark(job: BenchmarkJob): Answer {
  return {
    ...viewOfLifecycle(job),
    type: job.type,
    ...job.request,
    ...job.status,
    result: job.result,
  };
}

/** Shows a benchmark as lists have it. */
export function summaryOfBenchmark(job: BenchmarkJob): Summary {
  const { result } = job;
  const { versions, batchSizes, secondsPerSetting } = job.request;
  return {
    ...viewOfLifecycle(job),
    type: job.type,
    versions: versions.map(({ model, version }) => ({ model, version })),
    batchSizes,
    secondsPerSetting,
    ...job.status,
    result: result && { measured: result.measured, failed: result.failures.length },
  };
}

import { viewOfLifecycle } from '../lifecycle-view';
import type { BenchmarkJob as Answer } from './benchmark.dto';
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

import { viewOfLifecycle } from '../../jobs/lifecycle-view';
import type { ImportJob as Answer } from './import.dto';
import type { ImportJob } from './import-job';

/** An import as the API shows it. */
export function viewOfImport(job: ImportJob): Answer {
  const { request, status, result } = job;
  return {
    ...viewOfLifecycle(job),
    type: job.type,
    hub: request.hub,
    revision: request.hub === null ? null : request.revision,
    checkpoint: request.checkpoint,
    ...status,
    result,
  };
}

import { viewOfLifecycle } from '../../jobs/lifecycle-view';
import type { ExportJob as Answer } from './export.dto';
import type { ExportJob } from './export-job';

/** An export as the API shows it. */
export function viewOfExport(job: ExportJob): Answer {
  return {
    ...viewOfLifecycle(job),
    type: job.type,
    ...job.request,
    ...job.status,
    result: job.result,
  };
}

'use client';

import type { Job } from '@/api/types';
import { useApi } from '@/api/use-api';
import { Loaded } from '@/ui/loaded';
import { FineTuneView } from './fine-tune-view';
import { isFinished } from './job-progress';
import { WorkView } from './work-view';

export function JobPage({ id }: { id: string }) {
  const request = useApi('/jobs/{id}', { path: { id } }, { refreshInterval });
  return (
    <Loaded request={request}>
      {(job) =>
        job.type === 'fine-tune' ? (
          <FineTuneView job={job} reload={() => void request.mutate()} />
        ) : (
          <WorkView job={job} />
        )
      }
    </Loaded>
  );
}

/**
 * Returns the polling interval. A fine-tune's events are faster; polling keeps its page correct if they cannot get through.
 */
function refreshInterval(job?: Job): number {
  if (job && isFinished(job.state)) return 0;
  // Never 0 before the first answer, as SWR would not ask again.
  return job?.type === 'fine-tune' ? 5000 : 1000;
}

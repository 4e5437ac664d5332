import { answerOf, client } from '@/api/client';
import type { CreateImport, Job } from '@/api/types';
import { useOpenJob } from '@/features/jobs/use-start-job';

/** Returns a function that starts an import into a model and goes to its job's page. */
export function useImport() {
  const openJob = useOpenJob();
  return async (name: string, body: CreateImport) => {
    const call = client.POST('/models/{name}/versions', { params: { path: { name } }, body });
    // The answer to JSON is a job; to a form, a version.
    await openJob((await answerOf(call)) as Job);
  };
}

import { useRouter } from 'next/navigation';
import { answerOf, client } from '@/api/client';
import type { CreateJob } from '@/api/types';
import { useReloadList } from '@/api/use-pages';
import { path } from '@/ui/path';

/** Returns a function that goes to the page of a new job. */
export function useOpenJob() {
  const router = useRouter();
  const reloadList = useReloadList();
  return async ({ id }: { id: string }) => {
    await reloadList('/jobs');
    router.push(path`/jobs/${id}`);
  };
}

/** Returns a function that starts a job and goes to its page. */
export function useStartJob() {
  const openJob = useOpenJob();
  return async (body: CreateJob) => openJob(await answerOf(client.POST('/jobs', { body })));
}

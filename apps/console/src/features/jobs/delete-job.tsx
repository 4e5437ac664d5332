'use client';

import { useRouter } from 'next/navigation';
import { path, remove } from '@/api/client';
import type { Job } from '@/api/types';
import { useReloadList } from '@/api/use-pages';
import { ConfirmButton } from '@/ui/confirm-button';
import { notifyDone } from '@/ui/notify';

/** Deletes a job that has ended. */
export function DeleteJob({ job }: { job: Job }) {
  const router = useRouter();
  const reloadList = useReloadList();
  const confirm = async () => {
    await remove(path`/jobs/${job.id}`);
    await reloadList('/jobs');
    notifyDone(`The job ${job.name} was deleted.`);
    router.push('/jobs');
  };
  return (
    <ConfirmButton
      label="Delete"
      title="Delete this job?"
      confirmLabel="Delete job"
      onConfirm={confirm}
    >
      Its course and its curves will be gone. What it made stays.
    </ConfirmButton>
  );
}

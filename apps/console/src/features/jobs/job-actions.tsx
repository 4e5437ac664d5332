'use client';

import { Text } from '@mantine/core';
import { useRouter } from 'next/navigation';
import { client } from '@/api/client';
import type { Job } from '@/api/types';
import { useReloadList } from '@/api/use-pages';
import { ConfirmButton } from '@/ui/confirm-button';
import { notifyDone } from '@/ui/notify';

/** @param props.consequence consequence of cancelling this job */
export function CancelJob({ job, consequence }: { job: Job; consequence: string }) {
  return (
    <ConfirmButton
      label="Cancel"
      title={`Cancel this ${job.type}?`}
      confirmLabel={`Cancel ${job.type}`}
      onConfirm={() => client.POST('/jobs/{id}/cancel', { params: { path: { id: job.id } } })}
    >
      <Text fz="sm">{consequence}</Text>
    </ConfirmButton>
  );
}

/** Deletes a job that has ended. */
export function DeleteJob({ job }: { job: Job }) {
  const router = useRouter();
  const reloadList = useReloadList();
  const confirm = async () => {
    await client.DELETE('/jobs/{id}', { params: { path: { id: job.id } } });
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
      Its history will be deleted. What it produced is kept.
    </ConfirmButton>
  );
}

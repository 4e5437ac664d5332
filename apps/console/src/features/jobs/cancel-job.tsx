import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { path, post } from '@/api/client';
import type { Job } from '@/api/types';
import { ConfirmButton } from '@/ui/confirm-button';

/** @param props.children what cancelling means */
export function CancelJob(props: { job: Job; noun: string; children: ReactNode }) {
  const { job, noun, children } = props;
  return (
    <ConfirmButton
      label="Cancel"
      title={`Cancel this ${noun}?`}
      confirmLabel={`Cancel ${noun}`}
      onConfirm={() => post<Job>(path`/jobs/${job.id}/cancel`)}
    >
      <Text fz="sm">{children}</Text>
    </ConfirmButton>
  );
}

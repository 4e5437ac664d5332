import { Alert, Group, Paper, Progress, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Job, JobState } from '@/api/types';
import { duration, percent } from '@/ui/format';
import { PageHeader } from '@/ui/page-header';
import { CancelJob, DeleteJob } from './job-actions';
import { isFinished } from './job-progress';
import { StateBadge } from './state-badge';

/** The page of a job: its name, state, actions and error around the view of its type. */
export function JobFrame(props: {
  job: Job;
  /** May be newer than the job's own state if its events are followed. */
  state: JobState;
  subject: ReactNode;
  /** Consequence of cancelling this job. */
  cancelling: string;
  children: ReactNode;
}) {
  const { job, state, subject, cancelling, children } = props;
  return (
    <>
      <PageHeader
        title={job.name}
        back={{ href: '/jobs', label: 'Jobs' }}
        description={
          <>
            <StateBadge state={state} /> {subject}
          </>
        }
        actions={
          isFinished(state) ? (
            <DeleteJob job={job} />
          ) : (
            <CancelJob job={job} consequence={cancelling} />
          )
        }
      />
      <Stack gap="lg">
        {state === 'failed' && job.error && (
          <Alert color="red" title={`This ${job.type} failed`} role="alert">
            {job.error.message}
          </Alert>
        )}
        {children}
      </Stack>
    </>
  );
}

const colors: Record<JobState, string> = {
  queued: 'gray',
  running: 'pine',
  succeeded: 'green',
  failed: 'red',
  cancelled: 'gray',
};

/** A job's progress. */
export function ProgressCard(props: {
  type: Job['type'];
  state: JobState;
  /** In [0, 1]. */
  progress: number;
  headline: string;
  children?: ReactNode;
}) {
  const { type, state, progress, headline, children } = props;
  return (
    <Paper component="section" aria-label="Progress">
      <Group justify="space-between" mb={8}>
        <Text fw={650} fz={22}>
          {percent(progress)}
        </Text>
        <Text c="dimmed" role="status">
          {headline}
        </Text>
      </Group>
      <Progress.Root size="xl" mb={children ? 'md' : 0}>
        <Progress.Section
          value={progress * 100}
          color={colors[state]}
          animated={state === 'running'}
          aria-label={`Progress of the ${type}`}
        />
      </Progress.Root>
      {children}
    </Paper>
  );
}

const endings: Partial<Record<JobState, string>> = {
  succeeded: 'Finished in',
  failed: 'Failed after',
  cancelled: 'Cancelled after',
};

/** Returns what a job waits for or how long it took, or undefined while it runs. */
export function stateHeadline(state: JobState, job: Job): string | undefined {
  if (state === 'running') return undefined;
  if (state === 'queued') return 'Waiting for a worker';
  // The final event may arrive before the job itself is read again.
  if (!job.startedAt || !job.finishedAt) return 'Finished';
  const seconds = (Date.parse(job.finishedAt) - Date.parse(job.startedAt)) / 1000;
  return `${endings[state]} ${duration(seconds)}`;
}

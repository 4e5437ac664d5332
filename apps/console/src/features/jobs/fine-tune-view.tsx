import { Alert, Anchor, Stack } from '@mantine/core';
import Link from 'next/link';
import { path } from '@/api/client';
import type { FineTuneJob } from '@/api/types';
import { ConfusionMatrix } from '@/features/models/confusion-matrix';
import { PageHeader } from '@/ui/page-header';
import { CancelJob } from './cancel-job';
import { DeleteJob } from './delete-job';
import { EpochTable } from './epoch-table';
import { isFinished } from './job-progress';
import { JobResult } from './job-result';
import { LearningCurves } from './learning-curves';
import { ProgressCard } from './progress-card';
import { RecipeSection } from './recipe-section';
import { StateBadge } from './state-badge';
import { useJobProgress } from './use-job-progress';

export function FineTuneView({ job, reload }: { job: FineTuneJob; reload: () => void }) {
  const { progress, connection } = useJobProgress(job, reload);
  const finished = isFinished(progress.state);
  return (
    <>
      <PageHeader
        title={job.name}
        back={{ href: '/jobs', label: 'Jobs' }}
        description={
          <>
            <StateBadge state={progress.state} /> {job.parent ? 'from' : ''} {base(job)} on{' '}
            <Anchor component={Link} href={path`/datasets/${job.dataset.id}`}>
              {job.dataset.name}
            </Anchor>
          </>
        }
        actions={
          finished ? (
            <DeleteJob job={job} />
          ) : (
            <CancelJob job={job} noun="fine-tune">
              It stops after the current step. What it has learned so far is not kept.
            </CancelJob>
          )
        }
      />
      <Stack gap="lg">
        {progress.state === 'failed' && job.error && (
          <Alert color="red" title="This fine-tune failed" role="alert">
            {job.error.message}
          </Alert>
        )}
        {connection === 'lost' && !finished && (
          <Alert color="yellow" role="status">
            The live connection was lost; reconnecting …
          </Alert>
        )}
        {progress.resumedFromEpoch !== null && (
          <Alert color="blue">
            The worker was interrupted; the job went on from its checkpoint after epoch{' '}
            {progress.resumedFromEpoch}.
          </Alert>
        )}
        {job.result && job.metrics && (
          <JobResult job={job} result={job.result} metrics={job.metrics} />
        )}
        <ProgressCard job={job} progress={progress} />
        <LearningCurves progress={progress} />
        {job.result && <ConfusionMatrix {...job.result} />}
        {progress.history.length > 0 && <EpochTable history={progress.history} />}
        <RecipeSection recipe={job.recipe} />
      </Stack>
    </>
  );
}

function base({ parent, architecture }: FineTuneJob) {
  if (!parent) return architecture;
  return (
    <Anchor
      component={Link}
      href={path`/models/${parent.model}`}
    >{`${parent.model}:${parent.version}`}</Anchor>
  );
}

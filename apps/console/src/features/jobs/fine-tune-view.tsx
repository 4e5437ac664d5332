import { Alert, Anchor } from '@mantine/core';
import Link from 'next/link';
import type { FineTuneJob } from '@/api/types';
import { ConfusionMatrix } from '@/features/models/confusion-matrix';
import { Facts } from '@/ui/facts';
import { count, duration } from '@/ui/format';
import { path } from '@/ui/path';
import { EpochTable } from './epoch-table';
import { JobFrame, ProgressCard, stateHeadline } from './job-frame';
import { isFinished, type JobProgress } from './job-progress';
import { JobResult } from './job-result';
import { LearningCurves } from './learning-curves';
import { presetTitles } from './presets';
import { RecipeSection } from './recipe-section';
import { useJobProgress } from './use-job-progress';

export function FineTuneView({ job, reload }: { job: FineTuneJob; reload: () => void }) {
  const { progress, connection } = useJobProgress(job, reload);
  const { state, resumedFromEpoch, history } = progress;
  return (
    <JobFrame
      job={job}
      state={state}
      subject={
        <>
          {job.parent ? 'from' : ''} {base(job)} on{' '}
          <Anchor component={Link} href={path`/datasets/${job.dataset.id}`}>
            {job.dataset.name}
          </Anchor>
        </>
      }
      cancelling="It stops after the current step. What it has learned so far is not kept."
    >
      {connection === 'lost' && !isFinished(state) && (
        <Alert color="yellow" role="status">
          The live connection was lost; reconnecting …
        </Alert>
      )}
      {resumedFromEpoch !== null && (
        <Alert color="blue">
          The worker was interrupted; the job resumed from its checkpoint after epoch{' '}
          {resumedFromEpoch}.
        </Alert>
      )}
      {job.result && job.metrics && (
        <JobResult job={job} result={job.result} metrics={job.metrics} />
      )}
      <ProgressCard
        type={job.type}
        state={state}
        progress={progress.progress}
        headline={stateHeadline(state, job) ?? remaining(progress)}
      >
        <Facts items={figures(job, progress)} />
      </ProgressCard>
      <LearningCurves progress={progress} />
      {job.result && <ConfusionMatrix {...job.result} />}
      {history.length > 0 && <EpochTable history={history} />}
      <RecipeSection recipe={job.recipe} />
    </JobFrame>
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

function remaining({ step, etaSeconds }: JobProgress): string {
  if (etaSeconds === null) return step === 0 ? 'Preparing' : 'Running';
  const left = `${duration(etaSeconds)} left`;
  return step === 0 ? `Computing features, ${left}` : left;
}

const headNotes: Record<NonNullable<FineTuneJob['head']>, string | null> = {
  parent: null,
  probe: 'A linear probe of the parent’s features',
  new: 'New: the labels differ from the parent’s',
};

function figures(job: FineTuneJob, progress: JobProgress) {
  const { step, steps, history, epochs, imagesPerSecond, engine, stage } = progress;
  const head = job.parent && job.head && headNotes[job.head];
  return [
    { label: 'Epochs done', value: `${history.length} / ${epochs}` },
    { label: 'Step', value: steps > 0 ? `${count(step)} / ${count(steps)}` : '–' },
    ...(stage
      ? [{ label: 'Stage', value: `${stage.stage} / ${stage.stages}, ${stage.imageSize} px` }]
      : []),
    { label: 'Images per second', value: imagesPerSecond === null ? '–' : count(imagesPerSecond) },
    { label: 'Engine', value: engine ?? '–' },
    ...(head ? [{ label: 'Head', value: head }] : []),
    ...(job.preset ? [{ label: 'Preset', value: presetTitles[job.preset.name] }] : []),
  ];
}

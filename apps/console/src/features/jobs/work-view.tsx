import type { ComponentType } from 'react';
import type { WorkJob } from '@/api/types';
import { bytes, count, duration } from '@/ui/format';
import { JobFrame, ProgressCard, stateHeadline } from './job-frame';
import { jobSubject, viewOf } from './types';

/** The page of a job that has phases. */
export function WorkView({ job }: { job: WorkJob }) {
  return (
    <JobFrame
      job={job}
      state={job.state}
      subject={`${job.type}: ${jobSubject(job)}`}
      cancelling={viewOf(job).cancelling ?? 'It stops shortly and leaves nothing behind.'}
    >
      <ProgressCard
        type={job.type}
        state={job.state}
        progress={job.progress}
        headline={stateHeadline(job.state, job) ?? reached(job)}
      />
      <WorkResult job={job} />
    </JobFrame>
  );
}

function WorkResult({ job }: { job: WorkJob }) {
  // The list of views pairs each type of job with its own view.
  const Result = viewOf(job).Result as ComponentType<{ job: WorkJob; result: object }> | undefined;
  return Result && job.result && <Result job={job} result={job.result} />;
}

function reached({ phase, done, total, unit, etaSeconds }: WorkJob): string {
  if (phase === null) return 'Preparing';
  const amount = unit === 'bytes' ? bytes : (value: number) => `${count(value)} ${unit}`;
  const progress = total === null ? amount(done) : `${amount(done)} of ${amount(total)}`;
  const left = etaSeconds === null ? '' : `, ${duration(etaSeconds)} left`;
  return `${phase}: ${progress}${left}`;
}

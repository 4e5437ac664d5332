import { Alert, Button, Group, List, Text } from '@mantine/core';
import { IconChartDots, IconDownload } from '@tabler/icons-react';
import Link from 'next/link';
import { apiHref } from '@/api/client';
import type { BenchmarkJob, WorkJob } from '@/api/types';
import { bytes, count, duration, plural } from '@/ui/format';
import { path } from '@/ui/path';
import { JobFrame, ProgressCard, stateHeadline } from './job-frame';
import { jobSubject } from './job-subject';

type Result<J extends WorkJob> = NonNullable<J['result']>;

/** A job that goes through phases. */
export function WorkView({ job }: { job: WorkJob }) {
  return (
    <JobFrame
      job={job}
      state={job.state}
      subject={`${job.type}: ${jobSubject(job)}`}
      cancelling={
        job.type === 'import'
          ? 'It stops shortly. What it has downloaded is kept for a day, so that another import resumes there.'
          : 'It stops shortly and leaves nothing behind.'
      }
    >
      <ProgressCard
        type={job.type}
        state={job.state}
        progress={job.progress}
        headline={stateHeadline(job.state, job) ?? reached(job)}
      />
      {job.type === 'benchmark'
        ? job.result && <BenchmarkOutcome result={job.result} />
        : job.result && <WorkResult result={job.result} />}
    </JobFrame>
  );
}

function WorkResult({ result }: { result: Result<Exclude<WorkJob, BenchmarkJob>> }) {
  const { model, version } = result;
  return (
    <Group gap="sm">
      <Button variant="default" component={Link} href={path`/models/${model}`}>
        Open model
      </Button>
      {'artifact' in result && (
        <Button
          component="a"
          href={apiHref('/models/{name}/versions/{version}/artifacts/{id}', {
            path: { name: model, version: String(version), id: result.artifact },
          })}
          download
          leftSection={<IconDownload size={16} />}
        >
          Download
        </Button>
      )}
    </Group>
  );
}

function BenchmarkOutcome({ result: { measured, failures } }: { result: Result<BenchmarkJob> }) {
  return (
    <>
      {failures.length > 0 && (
        <Alert color="orange" title="Some versions could not be measured">
          <List fz="sm">
            {failures.map(({ model, version, imageSize, reason }) => (
              <List.Item key={`${model}:${version} ${imageSize}`}>
                <strong>
                  {model}:{version}, {imageSize} px:
                </strong>{' '}
                {reason}
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
      <Group gap="sm">
        <Button component={Link} href="/compare" leftSection={<IconChartDots size={16} />}>
          Compare
        </Button>
        <Text c="dimmed">{plural(measured, 'setting')} measured</Text>
      </Group>
    </>
  );
}

function reached({ phase, done, total, unit, etaSeconds }: WorkJob): string {
  if (phase === null) return 'Preparing';
  const amount = unit === 'bytes' ? bytes : (value: number) => `${count(value)} ${unit}`;
  const progress = total === null ? amount(done) : `${amount(done)} of ${amount(total)}`;
  const left = etaSeconds === null ? '' : `, ${duration(etaSeconds)} left`;
  return `${phase}: ${progress}${left}`;
}

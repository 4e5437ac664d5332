import { Alert, Button, Group, List, Paper, Progress, Stack, Text } from '@mantine/core';
import { IconChartDots, IconDownload } from '@tabler/icons-react';
import Link from 'next/link';
import { apiPath, path } from '@/api/client';
import type { BenchmarkJob, WorkJob } from '@/api/types';
import { bytes, count, duration, percent, plural } from '@/ui/format';
import { PageHeader } from '@/ui/page-header';
import { CancelJob } from './cancel-job';
import { DeleteJob } from './delete-job';
import { isFinished } from './job-progress';
import { jobSubject } from './job-subject';
import { StateBadge } from './state-badge';

type Result<J extends WorkJob> = NonNullable<J['result']>;

/** A job that goes through phases. */
export function WorkView({ job }: { job: WorkJob }) {
  const finished = isFinished(job.state);
  return (
    <>
      <PageHeader
        title={job.name}
        back={{ href: '/jobs', label: 'Jobs' }}
        description={
          <>
            <StateBadge state={job.state} /> {job.type}: {jobSubject(job)}
          </>
        }
        actions={
          finished ? (
            <DeleteJob job={job} />
          ) : (
            <CancelJob job={job} noun={job.type}>
              {job.type === 'import'
                ? 'It stops in a moment. What it has fetched stays for a day, so that another import goes on from there.'
                : 'It stops in a moment and leaves nothing behind.'}
            </CancelJob>
          )
        }
      />
      <Stack gap="lg">
        {job.error && (
          <Alert color="red" title={`This ${job.type} failed`} role="alert">
            {job.error.message}
          </Alert>
        )}
        <Paper component="section" aria-label="Progress">
          <Group justify="space-between" mb={8}>
            <Text fw={650} fz={22}>
              {percent(job.progress)}
            </Text>
            <Text c="dimmed" role="status">
              {headline(job)}
            </Text>
          </Group>
          <Progress
            size="xl"
            value={job.progress * 100}
            animated={job.state === 'running'}
            aria-label={`Progress of the ${job.type}`}
          />
        </Paper>
        {job.type === 'benchmark'
          ? job.result && <BenchmarkOutcome result={job.result} />
          : job.result && <WorkResult result={job.result} />}
      </Stack>
    </>
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
          href={apiPath(path`/models/${model}/versions/${version}/artifacts/${result.artifact}`)}
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

function headline({ state, phase, done, total, unit, etaSeconds }: WorkJob): string {
  if (state === 'queued') return 'Waiting for a worker';
  if (state !== 'running') return 'Ended';
  if (phase === null) return 'Preparing';
  const amount = unit === 'bytes' ? bytes : (value: number) => `${count(value)} ${unit}`;
  const reached = total === null ? amount(done) : `${amount(done)} of ${amount(total)}`;
  const left = etaSeconds === null ? '' : `, ${duration(etaSeconds)} left`;
  return `${phase}: ${reached}${left}`;
}

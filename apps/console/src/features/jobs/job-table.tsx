'use client';

import { Anchor, Group, Progress, Table, Text } from '@mantine/core';
import Link from 'next/link';
import type { JobSummary } from '@/api/types';
import { Ago } from '@/ui/ago';
import { CardTable, numeric, type Column } from '@/ui/data-table';
import { duration, percent } from '@/ui/format';
import { path } from '@/ui/path';
import { StateBadge } from './state-badge';
import { jobSubject } from './types';

const columns: Column[] = [
  'Model',
  'State',
  'Type',
  'Details',
  { children: 'Progress', w: 200 },
  numeric('Top-1'),
  'Started',
];

export function JobTable({ jobs }: { jobs: JobSummary[] }) {
  return (
    <CardTable label="Jobs" minWidth={680} columns={columns}>
      {jobs.map((job) => (
        <JobRow key={job.id} job={job} />
      ))}
    </CardTable>
  );
}

function JobRow({ job }: { job: JobSummary }) {
  const top1 = job.type === 'fine-tune' ? job.top1 : null;
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor component={Link} href={path`/jobs/${job.id}`} fw={600}>
          {job.name}
        </Anchor>
        {job.type === 'fine-tune' && (
          <Text fz="xs" c="dimmed">
            {job.architecture}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <StateBadge state={job.state} />
      </Table.Td>
      <Table.Td>{job.type}</Table.Td>
      <Table.Td>{jobSubject(job)}</Table.Td>
      <Table.Td>
        <Group gap="xs" wrap="nowrap">
          <Progress value={job.progress * 100} flex={1} aria-label={`Progress of ${job.name}`} />
          <Text fz="xs" c="dimmed" w={70} ta="right">
            {reached(job)}
          </Text>
        </Group>
      </Table.Td>
      <Table.Td ta="right">{top1 === null ? '–' : percent(top1)}</Table.Td>
      <Table.Td>
        <Ago time={job.startedAt ?? job.createdAt} />
      </Table.Td>
    </Table.Tr>
  );
}

function reached(job: JobSummary): string {
  if (job.state === 'running' && job.etaSeconds !== null) return duration(job.etaSeconds);
  return job.type === 'fine-tune' ? `${job.epoch} / ${job.epochs}` : percent(job.progress);
}

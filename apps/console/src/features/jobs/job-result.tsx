import { Button, Group, Paper, Text, Title } from '@mantine/core';
import { IconCircleCheck, IconPhotoSearch } from '@tabler/icons-react';
import Link from 'next/link';
import type { FineTuneJob, Metrics, VersionReference } from '@/api/types';
import { epochsOf } from '@/features/models/version-facts';
import { decimal, percent } from '@/ui/format';
import { path } from '@/ui/path';

export function JobResult(props: { job: FineTuneJob; result: VersionReference; metrics: Metrics }) {
  const { result, metrics, job } = props;
  return (
    <Paper component="section" aria-label="Result">
      <Group justify="space-between">
        <Group gap="md" wrap="nowrap">
          <IconCircleCheck
            size={36}
            stroke={1.5}
            color="var(--mantine-color-green-6)"
            aria-hidden
          />
          <div>
            <Title order={2} fz="lg">
              {percent(metrics.top1)} of the validation images classified correctly
            </Title>
            <Text c="dimmed" fz="sm">
              {job.name} version {result.version} is ready. Top-5 {percent(metrics.top5)}, loss{' '}
              {decimal(metrics.loss)}.
              {metrics.epochs && ` Its weights are those of ${epochsOf(metrics.epochs)}.`}
            </Text>
          </div>
        </Group>
        <Group gap="sm">
          <Button variant="default" component={Link} href={path`/models/${result.model}`}>
            Open model
          </Button>
          <Button
            component={Link}
            href={path`/models/${result.model}/try?version=${result.version}`}
            leftSection={<IconPhotoSearch size={16} />}
          >
            Try it
          </Button>
        </Group>
      </Group>
    </Paper>
  );
}

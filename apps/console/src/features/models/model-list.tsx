'use client';

import { Anchor, Badge, Button, Group, Paper, Table, Text } from '@mantine/core';
import { IconPlus, IconStack2 } from '@tabler/icons-react';
import Link from 'next/link';
import useSWR from 'swr';
import { path } from '@/api/client';
import type { Model, ModelVersionSummary } from '@/api/types';
import { usePages } from '@/api/use-pages';
import { Ago } from '@/ui/ago';
import { Empty } from '@/ui/empty';
import { magnitude, percent } from '@/ui/format';
import { LoadMore } from '@/ui/load-more';
import { Loaded } from '@/ui/loaded';
import { PageHeader } from '@/ui/page-header';

export function ModelList() {
  const models = usePages<Model>('/models');
  return (
    <>
      <PageHeader
        title="Models"
        description="Served over HTTP as soon as they are here."
        actions={
          <Button component={Link} href="/jobs/new" leftSection={<IconPlus size={16} />}>
            New fine-tune
          </Button>
        }
      />
      <Loaded request={models}>
        {(list) => (list.length > 0 ? <ModelTable models={list} /> : <NoModels />)}
      </Loaded>
      <LoadMore {...models} />
    </>
  );
}

function NoModels() {
  return (
    <Empty
      icon={<IconStack2 />}
      title="No models yet"
      description="A finished fine-tune leaves a model here, ready to be tried and called over HTTP."
    >
      <Button component={Link} href="/jobs/new">
        Start a fine-tune
      </Button>
    </Empty>
  );
}

export function ModelTable({ models }: { models: Model[] }) {
  return (
    <Paper p={0}>
      <Table.ScrollContainer type="native" minWidth={640}>
        <Table highlightOnHover horizontalSpacing="lg" aria-label="Models">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Name</Table.Th>
              <Table.Th>Architecture</Table.Th>
              <Table.Th ta="right">Parameters</Table.Th>
              <Table.Th ta="right">Top-1</Table.Th>
              <Table.Th>Latest version</Table.Th>
              <Table.Th aria-label="Actions" />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {models.map((model) => (
              <ModelRow key={model.name} model={model} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Paper>
  );
}

function ModelRow({ model }: { model: Model }) {
  const { name, latestVersion, aliases } = model;
  const { data } = useSWR<{ items: ModelVersionSummary[] }>(
    latestVersion !== null && path`/models/${name}/versions?limit=1`,
  );
  const latest = data?.items[0];
  return (
    <Table.Tr>
      <Table.Td>
        <Group gap={6}>
          <Anchor component={Link} href={path`/models/${name}`} fw={600}>
            {name}
          </Anchor>
          {Object.entries(aliases).map(([alias, version]) => (
            <Badge key={alias} size="sm" variant="default" tt="none" title={`Version ${version}`}>
              {alias}
            </Badge>
          ))}
        </Group>
        {model.description && (
          <Text fz="xs" c="dimmed" lineClamp={1}>
            {model.description}
          </Text>
        )}
      </Table.Td>
      <Table.Td>{latest?.architecture ?? '–'}</Table.Td>
      <Table.Td ta="right">{latest ? magnitude(latest.parameters) : '–'}</Table.Td>
      <Table.Td ta="right">{latest?.metrics ? percent(latest.metrics.top1) : '–'}</Table.Td>
      <Table.Td>
        {latestVersion === null ? '–' : latestVersion}
        <Text span fz="sm" c="dimmed">
          {latest && (
            <>
              {', '}
              <Ago time={latest.createdAt} />
            </>
          )}
        </Text>
      </Table.Td>
      <Table.Td ta="right">
        {latestVersion !== null && (
          <Button
            component={Link}
            href={path`/models/${name}/try`}
            size="compact-sm"
            variant="light"
            aria-label={`Try ${name}`}
          >
            Try it
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

'use client';

import { Anchor, Badge, Button, Group, Table, Text } from '@mantine/core';
import { IconPlus, IconStack2 } from '@tabler/icons-react';
import Link from 'next/link';
import type { Model } from '@/api/types';
import { useApi } from '@/api/use-api';
import { usePages } from '@/api/use-pages';
import { Ago } from '@/ui/ago';
import { actions, CardTable, numeric } from '@/ui/data-table';
import { Empty } from '@/ui/empty';
import { magnitude, percent } from '@/ui/format';
import { ListPage } from '@/ui/list-page';
import { path } from '@/ui/path';

export function ModelList() {
  return (
    <ListPage
      title="Models"
      description="Every model listed here is served over HTTP."
      actions={
        <Button component={Link} href="/jobs/new" leftSection={<IconPlus size={16} />}>
          New fine-tune
        </Button>
      }
      list={usePages('/models', {})}
      empty={<NoModels />}
    >
      {(models) => <ModelTable models={models} />}
    </ListPage>
  );
}

function NoModels() {
  return (
    <Empty
      icon={<IconStack2 />}
      title="No models yet"
      description="A finished fine-tune adds a model here, ready to try and to call over HTTP."
    >
      <Button component={Link} href="/jobs/new">
        Start a fine-tune
      </Button>
    </Empty>
  );
}

const columns = [
  'Name',
  'Architecture',
  numeric('Parameters'),
  numeric('Top-1'),
  'Latest version',
  actions,
];

export function ModelTable({ models }: { models: Model[] }) {
  return (
    <CardTable label="Models" minWidth={640} columns={columns}>
      {models.map((model) => (
        <ModelRow key={model.name} model={model} />
      ))}
    </CardTable>
  );
}

function ModelRow({ model }: { model: Model }) {
  const { name, latestVersion, aliases } = model;
  const { data } = useApi(
    '/models/{name}/versions',
    latestVersion === null ? null : { path: { name }, query: { limit: 1 } },
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

'use client';

import { Badge, Group, Radio, Table } from '@mantine/core';
import type { ModelVersionSummary } from '@/api/types';
import type { Pages } from '@/api/use-pages';
import { Ago } from '@/ui/ago';
import { DataTable, numeric } from '@/ui/data-table';
import { bytes, decimal, percent } from '@/ui/format';
import { ItemList } from '@/ui/list-page';
import { Section } from '@/ui/section';

const columns = [
  'Version',
  'Architecture',
  'Dataset',
  numeric('Top-1'),
  numeric('Top-5'),
  numeric('Loss'),
  numeric('Size'),
  'Created',
];

export function VersionTable(props: {
  list: Pages<ModelVersionSummary>;
  aliases: Record<string, number>;
  selected: number;
  onSelect: (version: number) => void;
}) {
  const aliasesOf = (version: number) =>
    Object.entries(props.aliases).flatMap(([alias, target]) => (target === version ? [alias] : []));
  return (
    <Section title="Versions" description="Choose one to see its details below.">
      <Radio.Group
        value={String(props.selected)}
        onChange={(value) => props.onSelect(Number(value))}
        aria-label="Version"
      >
        <ItemList list={props.list}>
          {(versions) => (
            <DataTable label="Versions" columns={columns} minWidth={680}>
              {versions.map((version) => (
                <Row
                  key={version.version}
                  version={version}
                  aliases={aliasesOf(version.version)}
                  onSelect={props.onSelect}
                />
              ))}
            </DataTable>
          )}
        </ItemList>
      </Radio.Group>
    </Section>
  );
}

function Row(props: {
  version: ModelVersionSummary;
  aliases: string[];
  onSelect: (version: number) => void;
}) {
  const { version, metrics, ...rest } = props.version;
  return (
    <Table.Tr onClick={() => props.onSelect(version)}>
      <Table.Td>
        <Group gap={6} wrap="nowrap">
          <Radio value={String(version)} label={`Version ${version}`} size="sm" />
          {props.aliases.map((alias) => (
            <Badge key={alias} size="sm" variant="default" tt="none">
              {alias}
            </Badge>
          ))}
        </Group>
      </Table.Td>
      <Table.Td>{rest.architecture}</Table.Td>
      <Table.Td>{rest.dataset?.name ?? '–'}</Table.Td>
      <Table.Td ta="right">{metrics ? percent(metrics.top1) : '–'}</Table.Td>
      <Table.Td ta="right">{metrics ? percent(metrics.top5) : '–'}</Table.Td>
      <Table.Td ta="right">{metrics ? decimal(metrics.loss) : '–'}</Table.Td>
      <Table.Td ta="right">{bytes(rest.bytes)}</Table.Td>
      <Table.Td>
        <Ago time={rest.createdAt} />
      </Table.Td>
    </Table.Tr>
  );
}

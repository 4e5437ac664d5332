'use client';

import { Badge, Group, Radio, Table } from '@mantine/core';
import type { ModelVersionSummary } from '@/api/types';
import type { Pages } from '@/api/use-pages';
import { Ago } from '@/ui/ago';
import { bytes, decimal, percent } from '@/ui/format';
import { LoadMore } from '@/ui/load-more';
import { Section } from '@/ui/section';

export function VersionTable(props: {
  versions: ModelVersionSummary[];
  aliases: Record<string, number>;
  selected: number;
  onSelect: (version: number) => void;
  /** Where the versions come from. */
  list: Pages<ModelVersionSummary>;
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
        <Table.ScrollContainer type="native" minWidth={680}>
          <Table highlightOnHover aria-label="Versions">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Version</Table.Th>
                <Table.Th>Architecture</Table.Th>
                <Table.Th>Dataset</Table.Th>
                <Table.Th ta="right">Top-1</Table.Th>
                <Table.Th ta="right">Top-5</Table.Th>
                <Table.Th ta="right">Loss</Table.Th>
                <Table.Th ta="right">Size</Table.Th>
                <Table.Th>Made</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {props.versions.map(({ version, metrics, ...rest }) => (
                <Table.Tr key={version} onClick={() => props.onSelect(version)}>
                  <Table.Td>
                    <Group gap={6} wrap="nowrap">
                      <Radio value={String(version)} label={`Version ${version}`} size="sm" />
                      {aliasesOf(version).map((alias) => (
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
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      </Radio.Group>
      <LoadMore {...props.list} />
    </Section>
  );
}

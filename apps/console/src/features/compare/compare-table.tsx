import { Anchor, Table, Text } from '@mantine/core';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { DataTable, numeric } from '@/ui/data-table';
import { bytes, duration, magnitude, milliseconds, percent } from '@/ui/format';
import { path } from '@/ui/path';
import { Section } from '@/ui/section';
import type { CompareRow } from './compare-rows';

const columns = [
  'Version',
  numeric('Top-1'),
  numeric('Stated'),
  numeric('Latency'),
  numeric('Images/s'),
  numeric('Memory'),
  numeric('Parameters'),
  numeric('MACs'),
  numeric('Training'),
];

export function CompareTable({ rows }: { rows: CompareRow[] }) {
  return (
    <Section
      title="Versions"
      description="Latency of a whole batch, excluding decoding: median, 95th and 99th percentile."
    >
      <DataTable label="Comparison" columns={columns} minWidth={1080}>
        {rows.map((row) => (
          <Row key={row.name} row={row} />
        ))}
      </DataTable>
    </Section>
  );
}

function Row({ row: { comparison, name, single, fastest } }: { row: CompareRow }) {
  const { accuracy, dataset, trainingSeconds } = comparison;
  const { p50, p95, p99 } = single.latency;
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor component={Link} href={path`/models/${comparison.model}`} fw={600}>
          {name}
        </Anchor>
        <Note>
          {comparison.architecture}, {single.executor}
        </Note>
      </Table.Td>
      <Table.Td ta="right" style={{ whiteSpace: 'nowrap' }}>
        {accuracy.measured === undefined ? '–' : percent(accuracy.measured)}
        {accuracy.measured !== undefined && dataset && <Note>on {dataset}</Note>}
      </Table.Td>
      <Table.Td ta="right">
        <Stated by="publisher" value={accuracy.publisher} />
        <Stated by="paper" value={accuracy.paper} />
        {accuracy.publisher === undefined && accuracy.paper === undefined && '–'}
      </Table.Td>
      <Table.Td ta="right">
        {milliseconds(p50)}
        <Note>
          {milliseconds(p95)}, {milliseconds(p99)}; batch {single.batchSize}
        </Note>
      </Table.Td>
      <Table.Td ta="right">
        {magnitude(fastest.throughput)}
        <Note>batch {fastest.batchSize}</Note>
      </Table.Td>
      <Table.Td ta="right">{bytes(fastest.memoryBytes)}</Table.Td>
      <Table.Td ta="right">{magnitude(comparison.parameters)}</Table.Td>
      <Table.Td ta="right">
        {magnitude(comparison.macs)}
        <Note>{comparison.imageSize} px</Note>
      </Table.Td>
      <Table.Td ta="right">{trainingSeconds === null ? '–' : duration(trainingSeconds)}</Table.Td>
    </Table.Tr>
  );
}

function Stated({ by, value }: { by: string; value: number | undefined }) {
  if (value === undefined) return null;
  return (
    <Text fz="sm">
      {percent(value)}{' '}
      <Text span fz="xs" c="dimmed">
        {by}
      </Text>
    </Text>
  );
}

function Note({ children }: { children: ReactNode }) {
  return (
    <Text fz="xs" c="dimmed">
      {children}
    </Text>
  );
}

import { Anchor, Table, Text } from '@mantine/core';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { path } from '@/api/client';
import { bytes, duration, magnitude, milliseconds, percent } from '@/ui/format';
import { Section } from '@/ui/section';
import type { CompareRow } from './compare-rows';

export function CompareTable({ rows }: { rows: CompareRow[] }) {
  return (
    <Section
      title="Versions"
      description="Latency is that of a whole batch, without decoding: median, 95th and 99th percentile."
    >
      <Table.ScrollContainer type="native" minWidth={1080}>
        <Table highlightOnHover aria-label="Comparison">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Version</Table.Th>
              <Table.Th ta="right">Top-1</Table.Th>
              <Table.Th ta="right">Stated</Table.Th>
              <Table.Th ta="right">Latency</Table.Th>
              <Table.Th ta="right">Pictures/s</Table.Th>
              <Table.Th ta="right">Memory</Table.Th>
              <Table.Th ta="right">Parameters</Table.Th>
              <Table.Th ta="right">MACs</Table.Th>
              <Table.Th ta="right">Training</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row) => (
              <Row key={row.name} row={row} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
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

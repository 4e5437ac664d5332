import { Table } from '@mantine/core';
import type { EpochRow } from '@/api/types';
import { count, decimal, percent } from '@/ui/format';
import { Section } from '@/ui/section';

const columns = [
  'Training loss',
  'Training top-1',
  'Validation loss',
  'Top-1',
  'Top-5',
  'Images per second',
];

/** The latest epoch first: it is what a watcher looks for. */
export function EpochTable({ history }: { history: EpochRow[] }) {
  return (
    <Section title="Epochs">
      <Table.ScrollContainer type="native" minWidth={640} maxHeight={420}>
        <Table stickyHeader aria-label="Epochs">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Epoch</Table.Th>
              {columns.map((column) => (
                <Table.Th key={column} ta="right">
                  {column}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {history.toReversed().map((row) => (
              <Table.Tr key={row.epoch}>
                <Table.Td>{row.epoch}</Table.Td>
                <Table.Td ta="right">{decimal(row.trainLoss)}</Table.Td>
                <Table.Td ta="right">{percent(row.trainTop1)}</Table.Td>
                <Table.Td ta="right">{decimal(row.validationLoss)}</Table.Td>
                <Table.Td ta="right">{percent(row.top1)}</Table.Td>
                <Table.Td ta="right">{percent(row.top5)}</Table.Td>
                <Table.Td ta="right">{count(row.imagesPerSecond)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Section>
  );
}

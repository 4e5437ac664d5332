import { Table } from '@mantine/core';
import type { EpochRow } from '@/api/types';
import { DataTable, numeric } from '@/ui/data-table';
import { count, decimal, percent } from '@/ui/format';
import { Section } from '@/ui/section';

const columns = [
  'Epoch',
  numeric('Training loss'),
  numeric('Training top-1'),
  numeric('Validation loss'),
  numeric('Top-1'),
  numeric('Top-5'),
  numeric('Images per second'),
];

/** The epochs, latest first, as that is the row to watch. */
export function EpochTable({ history }: { history: EpochRow[] }) {
  return (
    <Section title="Epochs">
      <DataTable label="Epochs" columns={columns} minWidth={640} maxHeight={420} stickyHeader>
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
      </DataTable>
    </Section>
  );
}

import { Paper, Table, type TableProps, type TableThProps } from '@mantine/core';

export type Column = string | TableThProps;

export const numeric = (label: string): Column => ({ children: label, ta: 'right' });
export const actions: Column = { 'aria-label': 'Actions' };

interface DataTableProps extends Omit<TableProps, 'data'> {
  label: string;
  columns: Column[];
  /** In pixels; a narrower page scrolls it sideways. */
  minWidth: number;
  maxHeight?: number;
}

/** A table with a heading row; its children are the other rows. */
export function DataTable(props: DataTableProps) {
  const { label, columns, minWidth, maxHeight, children, ...table } = props;
  return (
    <Table.ScrollContainer type="native" minWidth={minWidth} maxHeight={maxHeight}>
      <Table highlightOnHover aria-label={label} {...table}>
        <Table.Thead>
          <Table.Tr>
            {columns.map((column, index) => (
              <Table.Th
                key={index}
                {...(typeof column === 'string' ? { children: column } : column)}
              />
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>{children}</Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

/** A table that fills a card. */
export function CardTable(props: DataTableProps) {
  return (
    <Paper p={0}>
      <DataTable horizontalSpacing="lg" {...props} />
    </Paper>
  );
}

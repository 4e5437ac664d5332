'use client';

import { Badge, Code, Table, Text } from '@mantine/core';
import { IconListDetails } from '@tabler/icons-react';
import type { AuditEntry } from '@/api/types';
import { usePages } from '@/api/use-pages';
import { Ago } from '@/ui/ago';
import { CardTable } from '@/ui/data-table';
import { Empty } from '@/ui/empty';
import { ItemList } from '@/ui/list-page';

export function AuditPage() {
  return (
    <ItemList list={usePages('/audit', {})} empty={<NoEntries />}>
      {(entries) => (
        <CardTable
          label="Audit"
          minWidth={760}
          columns={['When', 'Key', 'Request', 'Status', 'Address']}
        >
          {entries.map((entry) => (
            <EntryRow key={entry.id} entry={entry} />
          ))}
        </CardTable>
      )}
    </ItemList>
  );
}

function NoEntries() {
  return (
    <Empty
      icon={<IconListDetails />}
      title="No entries yet"
      description="Every change and every failed login is recorded here."
    />
  );
}

function EntryRow({ entry }: { entry: AuditEntry }) {
  const { at, key, sessionId, method, resource, status, requestId, address } = entry;
  return (
    <Table.Tr>
      <Table.Td style={{ whiteSpace: 'nowrap' }}>
        <Ago time={at} />
      </Table.Td>
      <Table.Td>
        {key?.name ?? (
          <Text fz="sm" c="dimmed">
            unknown key
          </Text>
        )}
        {sessionId !== null && (
          <Text fz="xs" c="dimmed">
            session {sessionId}
          </Text>
        )}
      </Table.Td>
      <Table.Td maw={420}>
        <Code style={{ overflowWrap: 'anywhere' }}>
          {method} {resource}
        </Code>
        <Text fz="xs" c="dimmed" truncate>
          Request {requestId}
        </Text>
      </Table.Td>
      <Table.Td>
        <Badge color={status < 400 ? 'pine' : 'red'} variant="light" size="sm">
          {status}
        </Badge>
      </Table.Td>
      <Table.Td>{address}</Table.Td>
    </Table.Tr>
  );
}

'use client';

import { Badge, Code, Paper, Table, Text } from '@mantine/core';
import { IconListDetails } from '@tabler/icons-react';
import type { AuditEntry } from '@/api/types';
import { usePages } from '@/api/use-pages';
import { Ago } from '@/ui/ago';
import { Empty } from '@/ui/empty';
import { LoadMore } from '@/ui/load-more';
import { Loaded } from '@/ui/loaded';

export function AuditPage() {
  const entries = usePages<AuditEntry>('/audit');
  return (
    <>
      <Loaded request={entries}>
        {(list) => (list.length > 0 ? <EntryTable entries={list} /> : <NoEntries />)}
      </Loaded>
      <LoadMore {...entries} />
    </>
  );
}

function NoEntries() {
  return (
    <Empty
      icon={<IconListDetails />}
      title="No entries yet"
      description="Every change and every failed login is written down here."
    />
  );
}

function EntryTable({ entries }: { entries: AuditEntry[] }) {
  return (
    <Paper p={0}>
      <Table.ScrollContainer type="native" minWidth={760}>
        <Table highlightOnHover horizontalSpacing="lg" aria-label="Audit">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>When</Table.Th>
              <Table.Th>Key</Table.Th>
              <Table.Th>Request</Table.Th>
              <Table.Th>Status</Table.Th>
              <Table.Th>Address</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {entries.map((entry) => (
              <EntryRow key={entry.id} entry={entry} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Paper>
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

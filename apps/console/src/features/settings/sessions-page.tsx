'use client';

import { Badge, Group, Paper, Table, Text } from '@mantine/core';
import { path, remove } from '@/api/client';
import type { Session } from '@/api/types';
import { usePages } from '@/api/use-pages';
import { Ago } from '@/ui/ago';
import { ConfirmButton } from '@/ui/confirm-button';
import { dateTime } from '@/ui/format';
import { LoadMore } from '@/ui/load-more';
import { Loaded } from '@/ui/loaded';
import { notifyDone } from '@/ui/notify';

export function SessionsPage() {
  const sessions = usePages<Session>('/sessions');
  return (
    <Loaded request={sessions}>
      {(list) => (
        <>
          <Paper p={0}>
            <Table.ScrollContainer type="native" minWidth={720}>
              <Table highlightOnHover horizontalSpacing="lg" aria-label="Sessions">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Browser</Table.Th>
                    <Table.Th>Key</Table.Th>
                    <Table.Th>Address</Table.Th>
                    <Table.Th>Last used</Table.Th>
                    <Table.Th>Expires</Table.Th>
                    <Table.Th aria-label="Actions" />
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {list.map((session) => (
                    <SessionRow key={session.id} session={session} onChange={sessions.mutate} />
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          </Paper>
          <LoadMore {...sessions} />
        </>
      )}
    </Loaded>
  );
}

function SessionRow({ session, onChange }: { session: Session; onChange: () => Promise<unknown> }) {
  const { id, key, userAgent, address, lastUsedAt, expiresAt, current } = session;
  const end = async () => {
    await remove(path`/sessions/${id}`);
    await onChange();
    notifyDone('That browser is logged out.');
  };
  return (
    <Table.Tr>
      <Table.Td maw={320}>
        <Group gap={6} wrap="nowrap">
          <Text fz="sm" truncate title={userAgent}>
            {userAgent || 'not stated'}
          </Text>
          {current && (
            <Badge color="pine" variant="light" size="sm" tt="none" style={{ flexShrink: 0 }}>
              this one
            </Badge>
          )}
        </Group>
      </Table.Td>
      <Table.Td>{key.name}</Table.Td>
      <Table.Td>{address}</Table.Td>
      <Table.Td>
        <Ago time={lastUsedAt} />
      </Table.Td>
      <Table.Td>{dateTime(expiresAt)}</Table.Td>
      <Table.Td ta="right">
        {!current && (
          <ConfirmButton
            label="Log out"
            title="Log this browser out?"
            confirmLabel="Log it out"
            onConfirm={end}
            buttonProps={{ size: 'compact-sm' }}
          >
            It has to log in again to go on.
          </ConfirmButton>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

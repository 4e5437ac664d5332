'use client';

import { Badge, Group, Table, Text } from '@mantine/core';
import { client } from '@/api/client';
import type { Session } from '@/api/types';
import { usePages } from '@/api/use-pages';
import { Ago } from '@/ui/ago';
import { ConfirmButton } from '@/ui/confirm-button';
import { actions, CardTable } from '@/ui/data-table';
import { dateTime } from '@/ui/format';
import { ItemList } from '@/ui/list-page';
import { notifyDone } from '@/ui/notify';

const columns = ['Browser', 'Key', 'Address', 'Last used', 'Expires', actions];

export function SessionsPage() {
  const sessions = usePages('/sessions', {});
  return (
    <ItemList list={sessions}>
      {(list) => (
        <CardTable label="Sessions" minWidth={720} columns={columns}>
          {list.map((session) => (
            <SessionRow key={session.id} session={session} onChange={sessions.mutate} />
          ))}
        </CardTable>
      )}
    </ItemList>
  );
}

function SessionRow({ session, onChange }: { session: Session; onChange: () => Promise<unknown> }) {
  const { id, key, userAgent, address, lastUsedAt, expiresAt, current } = session;
  const end = async () => {
    await client.DELETE('/sessions/{id}', { params: { path: { id: String(id) } } });
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
            It will have to log in again.
          </ConfirmButton>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

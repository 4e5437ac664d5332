'use client';

import { Badge, Group, Stack, Table, Text } from '@mantine/core';
import { useState } from 'react';
import { client } from '@/api/client';
import type { ApiKey } from '@/api/types';
import { usePages } from '@/api/use-pages';
import { Ago } from '@/ui/ago';
import { ConfirmButton } from '@/ui/confirm-button';
import { actions, CardTable } from '@/ui/data-table';
import { dateTime } from '@/ui/format';
import { ItemList } from '@/ui/list-page';
import { notifyDone } from '@/ui/notify';
import { NewKeyForm } from './new-key-form';

/** The key that COATRACK_ADMIN_KEY or the data folder sets and changes. */
const fixedKey = 'admin';

const columns = ['Name', 'Scopes', 'Created', 'Last used', 'Expires', actions];

export function KeysPage() {
  const keys = usePages('/keys', {});
  return (
    <ItemList list={keys}>
      {(list) => (
        <Stack gap="lg">
          <NewKeyForm onCreated={keys.mutate} />
          <CardTable label="Keys" minWidth={720} columns={columns}>
            {list.map((key) => (
              <KeyRow key={key.id} apiKey={key} onChange={keys.mutate} />
            ))}
          </CardTable>
        </Stack>
      )}
    </ItemList>
  );
}

function KeyRow({ apiKey, onChange }: { apiKey: ApiKey; onChange: () => Promise<unknown> }) {
  const { id, name, scopes, createdAt, lastUsedAt, expiresAt } = apiKey;
  const revoke = async () => {
    await client.DELETE('/keys/{id}', { params: { path: { id } } });
    await onChange();
    notifyDone(`The key “${name}” no longer works.`);
  };
  return (
    <Table.Tr>
      <Table.Td>
        <Text fz="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>
          {name}
        </Text>
      </Table.Td>
      <Table.Td>
        <Group gap={4}>
          {scopes.map((scope) => (
            <Badge key={scope} variant="default" size="sm" tt="none">
              {scope}
            </Badge>
          ))}
        </Group>
      </Table.Td>
      <Table.Td>
        <Ago time={createdAt} />
      </Table.Td>
      <Table.Td>{lastUsedAt === null ? 'never' : <Ago time={lastUsedAt} />}</Table.Td>
      <Table.Td>
        <Expiry time={expiresAt} />
      </Table.Td>
      <Table.Td ta="right">
        {name === fixedKey ? (
          <Text fz="xs" c="dimmed">
            set by the configuration
          </Text>
        ) : (
          <ConfirmButton
            label="Revoke"
            title={`Revoke the key “${name}”?`}
            confirmLabel="Revoke key"
            onConfirm={revoke}
            buttonProps={{ size: 'compact-sm' }}
          >
            Programs that use it will be refused, and browsers that logged in with it will be logged
            out.
          </ConfirmButton>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

function Expiry({ time }: { time: string | null }) {
  const [now] = useState(() => Date.now());
  if (time === null) return 'never';
  if (Date.parse(time) > now) return dateTime(time);
  return (
    <Badge color="red" variant="light" size="sm" tt="none">
      expired
    </Badge>
  );
}

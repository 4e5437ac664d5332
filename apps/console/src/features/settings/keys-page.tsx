'use client';

import { Badge, Group, Paper, Stack, Table, Text } from '@mantine/core';
import { useState } from 'react';
import { path, remove } from '@/api/client';
import type { ApiKey } from '@/api/types';
import { usePages } from '@/api/use-pages';
import { Ago } from '@/ui/ago';
import { ConfirmButton } from '@/ui/confirm-button';
import { dateTime } from '@/ui/format';
import { LoadMore } from '@/ui/load-more';
import { Loaded } from '@/ui/loaded';
import { notifyDone } from '@/ui/notify';
import { NewKeyForm } from './new-key-form';

/** Set by COATRACK_ADMIN_KEY or the data folder, and changed there. */
const fixedKey = 'admin';

export function KeysPage() {
  const keys = usePages<ApiKey>('/keys');
  return (
    <Loaded request={keys}>
      {(list) => (
        <Stack gap="lg">
          <NewKeyForm onCreated={keys.mutate} />
          <div>
            <KeyTable keys={list} onChange={keys.mutate} />
            <LoadMore {...keys} />
          </div>
        </Stack>
      )}
    </Loaded>
  );
}

function KeyTable({ keys, onChange }: { keys: ApiKey[]; onChange: () => Promise<unknown> }) {
  return (
    <Paper p={0}>
      <Table.ScrollContainer type="native" minWidth={720}>
        <Table highlightOnHover horizontalSpacing="lg" aria-label="Keys">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Name</Table.Th>
              <Table.Th>Scopes</Table.Th>
              <Table.Th>Created</Table.Th>
              <Table.Th>Last used</Table.Th>
              <Table.Th>Expires</Table.Th>
              <Table.Th aria-label="Actions" />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {keys.map((key) => (
              <KeyRow key={key.id} apiKey={key} onChange={onChange} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Paper>
  );
}

function KeyRow({ apiKey, onChange }: { apiKey: ApiKey; onChange: () => Promise<unknown> }) {
  const { id, name, scopes, createdAt, lastUsedAt, expiresAt } = apiKey;
  const revoke = async () => {
    await remove(path`/keys/${id}`);
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
            set at start
          </Text>
        ) : (
          <ConfirmButton
            label="Revoke"
            title={`Revoke the key “${name}”?`}
            confirmLabel="Revoke key"
            onConfirm={revoke}
            buttonProps={{ size: 'compact-sm' }}
          >
            Programs that use it are refused from then on, and browsers that logged in with it are
            logged out.
          </ConfirmButton>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

function Expiry({ time }: { time: string | null }) {
  const [now] = useState(() => Date.now());
  if (time === null) return 'no end';
  if (Date.parse(time) > now) return dateTime(time);
  return (
    <Badge color="red" variant="light" size="sm" tt="none">
      expired
    </Badge>
  );
}

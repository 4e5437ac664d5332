'use client';

import { Alert, Button, Checkbox, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { toApiError } from '@/api/api-error';
import { post } from '@/api/client';
import type { CreatedApiKey, Scope } from '@/api/types';
import { CopyBlock } from '@/ui/copy-block';
import { Section } from '@/ui/section';
import { allScopes, scopeTexts } from './scopes';

const dayMs = 86_400_000;
const never = 'never';
const lifetimes = [
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: 'A year' },
  { value: never, label: 'No end' },
];

export function NewKeyForm({ onCreated }: { onCreated: () => Promise<unknown> }) {
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<Scope[]>(['predict']);
  const [days, setDays] = useState('90');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const [created, setCreated] = useState<CreatedApiKey>();

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      const expiresAt =
        days === never ? null : new Date(Date.now() + Number(days) * dayMs).toISOString();
      setCreated(await post<CreatedApiKey>('/keys', { name, scopes, expiresAt }));
      setName('');
      await onCreated();
    } catch (reason) {
      const { message, problems } = toApiError(reason);
      setError(problems[0]?.message ?? message);
    } finally {
      setBusy(false);
    }
  };

  return (
    <Section
      title="New key"
      description="One for each program, with no more than it needs: it can then be revoked alone."
    >
      {created && <CreatedKey created={created} onDone={() => setCreated(undefined)} />}
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          <Group align="flex-start" grow>
            <TextInput
              label="Name"
              placeholder="shop-frontend"
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              error={error}
              maxLength={64}
              required
              withAsterisk={false}
            />
            <Select
              label="Works for"
              data={lifetimes}
              value={days}
              onChange={(value) => value && setDays(value)}
              allowDeselect={false}
            />
          </Group>
          <Checkbox.Group
            label="Scopes"
            value={scopes}
            onChange={(values) => setScopes(values as Scope[])}
          >
            <Stack gap="xs" mt={6}>
              {allScopes.map((scope) => (
                <Checkbox key={scope} value={scope} label={scope} description={scopeTexts[scope]} />
              ))}
            </Stack>
          </Checkbox.Group>
          <Group>
            <Button type="submit" loading={busy} disabled={!name || scopes.length === 0}>
              Create key
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  );
}

function CreatedKey({ created, onDone }: { created: CreatedApiKey; onDone: () => void }) {
  return (
    <Alert
      color="pine"
      mb="md"
      title={`The key “${created.name}”`}
      withCloseButton
      closeButtonLabel="I have copied it"
      onClose={onDone}
      role="status"
    >
      <Text fz="sm" mb="xs">
        Copy it now: only its hash is stored, and it is not shown again.
      </Text>
      <CopyBlock text={created.key} label={`key ${created.name}`} />
    </Alert>
  );
}

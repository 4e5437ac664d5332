'use client';

import { Alert, Checkbox, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { answerOf, client } from '@/api/client';
import type { CreatedApiKey, Scope } from '@/api/types';
import { useApiForm } from '@/api/use-api-form';
import { ApiForm, FormEnd } from '@/ui/api-form';
import { CopyBlock } from '@/ui/copy-block';
import { Section } from '@/ui/section';
import { allScopes, scopeTexts } from './scopes';

const dayMs = 86_400_000;
const never = 'never';
const lifetimes = [
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: '1 year' },
  { value: never, label: 'Never' },
];

const initialValues = { name: '', scopes: ['predict'] as Scope[], lifetime: '90' };

const expiryOf = (lifetime: string) =>
  lifetime === never ? null : new Date(Date.now() + Number(lifetime) * dayMs).toISOString();

export function NewKeyForm({ onCreated }: { onCreated: () => Promise<unknown> }) {
  const [created, setCreated] = useState<CreatedApiKey>();
  const api = useApiForm(
    initialValues,
    async ({ name, scopes, lifetime }) => {
      const body = { name, scopes, expiresAt: expiryOf(lifetime) };
      setCreated(await answerOf(client.POST('/keys', { body })));
      await onCreated();
    },
    'reset',
  );
  const { form } = api;
  return (
    <Section
      title="New key"
      description="Give each program its own key with only the scopes that it needs; each key can be revoked separately."
    >
      {created && <CreatedKey created={created} onDone={() => setCreated(undefined)} />}
      <ApiForm form={api}>
        <Stack>
          <Group align="flex-start" grow>
            <TextInput
              label="Name"
              placeholder="shop-frontend"
              maxLength={64}
              required
              withAsterisk={false}
              {...form.getInputProps('name')}
            />
            <Select
              label="Expires after"
              data={lifetimes}
              allowDeselect={false}
              {...form.getInputProps('lifetime')}
            />
          </Group>
          <Checkbox.Group label="Scopes" {...form.getInputProps('scopes')}>
            <Stack gap="xs" mt={6}>
              {allScopes.map((scope) => (
                <Checkbox key={scope} value={scope} label={scope} description={scopeTexts[scope]} />
              ))}
            </Stack>
          </Checkbox.Group>
          <FormEnd
            form={api}
            label="Create key"
            disabled={!form.values.name || form.values.scopes.length === 0}
          />
        </Stack>
      </ApiForm>
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
        Copy it now: only its hash is stored, so it cannot be shown again.
      </Text>
      <CopyBlock text={created.key} label={`key ${created.name}`} />
    </Alert>
  );
}

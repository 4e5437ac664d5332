'use client';

import { Button, CloseButton, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { client } from '@/api/client';
import type { ModelWithVersions } from '@/api/types';
import { useApiForm } from '@/api/use-api-form';
import { useAll } from '@/api/use-pages';
import { ApiForm } from '@/ui/api-form';
import { ErrorPanel } from '@/ui/error-panel';
import { notifyDone, notifyError } from '@/ui/notify';
import { Section } from '@/ui/section';

interface AliasesProps {
  model: ModelWithVersions;
  onChange: () => Promise<unknown>;
}

export function Aliases({ model, onChange }: AliasesProps) {
  const entries = Object.entries(model.aliases);
  const drop = (alias: string) =>
    client
      .DELETE('/models/{name}/aliases/{alias}', { params: { path: { name: model.name, alias } } })
      .then(onChange)
      .catch(notifyError);
  return (
    <Section
      title="Aliases"
      description="Names such as “production” that callers use; move them to another version at any time."
    >
      <Stack>
        {entries.length > 0 && (
          <Group gap="xs" role="list" aria-label="Aliases">
            {entries.map(([alias, version]) => (
              <Group key={alias} gap={2} role="listitem">
                <Text fz="sm">
                  <strong>{alias}</strong> → version {version}
                </Text>
                <CloseButton
                  size="sm"
                  aria-label={`Remove alias ${alias}`}
                  onClick={() => void drop(alias)}
                />
              </Group>
            ))}
          </Group>
        )}
        <AliasForm model={model} onChange={onChange} />
      </Stack>
    </Section>
  );
}

function AliasForm({ model, onChange }: AliasesProps) {
  const { name, latestVersion } = model;
  const { data = model.versionList } = useAll('/models/{name}/versions', { path: { name } });
  const versions = data.map(({ version }) => String(version)).toReversed();
  const api = useApiForm(
    { alias: '', version: String(latestVersion) },
    async ({ alias, version }) => {
      await client.PUT('/models/{name}/aliases/{alias}', {
        params: { path: { name, alias } },
        body: { version: Number(version) },
      });
      await onChange();
      notifyDone(`${alias} now means version ${version}.`);
    },
    'reset',
  );
  const { form, busy, error } = api;
  return (
    <ApiForm form={api}>
      <Stack>
        <Group align="flex-start" gap="xs">
          <TextInput
            aria-label="Alias"
            placeholder="production"
            required
            {...form.getInputProps('alias')}
          />
          <Select
            aria-label="Version of the alias"
            data={versions.map((value) => ({ value, label: `Version ${value}` }))}
            allowDeselect={false}
            w={140}
            {...form.getInputProps('version')}
          />
          <Button type="submit" variant="default" loading={busy} disabled={!form.values.alias}>
            Set alias
          </Button>
        </Group>
        {error && <ErrorPanel error={error} />}
      </Stack>
    </ApiForm>
  );
}

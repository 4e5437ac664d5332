'use client';

import { Button, CloseButton, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { toApiError } from '@/api/api-error';
import { path, put, remove } from '@/api/client';
import type { ModelVersionSummary, ModelWithVersions } from '@/api/types';
import { useAll } from '@/api/use-pages';
import { notifyDone, notifyError } from '@/ui/notify';
import { Section } from '@/ui/section';

interface AliasesProps {
  model: ModelWithVersions;
  onChange: () => Promise<unknown>;
}

export function Aliases({ model, onChange }: AliasesProps) {
  const entries = Object.entries(model.aliases);
  const drop = (alias: string) =>
    remove(path`/models/${model.name}/aliases/${alias}`)
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
  const { data = model.versionList } = useAll<ModelVersionSummary>(
    path`/models/${model.name}/versions`,
  );
  const versions = data.map(({ version }) => String(version)).toReversed();
  const [alias, setAlias] = useState('');
  const [version, setVersion] = useState(String(model.latestVersion));
  const [error, setError] = useState<string>();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setError(undefined);
    try {
      await put(path`/models/${model.name}/aliases/${alias}`, { version: Number(version) });
      await onChange();
      notifyDone(`${alias} now means version ${version}.`);
      setAlias('');
    } catch (reason) {
      const { message, problems } = toApiError(reason);
      setError(problems[0]?.message ?? message);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Group align="flex-start" gap="xs">
        <TextInput
          aria-label="Alias"
          placeholder="production"
          value={alias}
          onChange={(event) => setAlias(event.currentTarget.value)}
          error={error}
          required
        />
        <Select
          aria-label="Version of the alias"
          data={versions.map((value) => ({ value, label: `Version ${value}` }))}
          value={version}
          onChange={(value) => value && setVersion(value)}
          allowDeselect={false}
          w={140}
        />
        <Button type="submit" variant="default" disabled={!alias}>
          Set alias
        </Button>
      </Group>
    </form>
  );
}

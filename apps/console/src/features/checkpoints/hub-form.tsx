'use client';

import { Button, Group, SimpleGrid, Stack, TextInput } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useState, type FormEvent } from 'react';
import { modelName } from '@/features/jobs/model-name';
import { ErrorPanel } from '@/ui/error-panel';
import { Section } from '@/ui/section';
import { LabelFields } from './label-fields';
import { labelsOf } from './labels';
import { useImport } from './use-import';

/** Imports a repository of the Hugging Face Hub by its name. */
export function HubForm() {
  const { start, busy, error } = useImport();
  const [hub, setHub] = useState('');
  const [revision, setRevision] = useState('');
  const [name, setName] = useState('');
  const [labels, setLabels] = useState('');
  const [replaceHead, setReplaceHead] = useState(false);
  const model = name || modelName(hub.split('/').at(-1) ?? '');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const rest = { ...(revision ? { revision } : {}), ...(replaceHead ? { replaceHead } : {}) };
    void start(model, { hub, labels: labelsOf(labels), ...rest });
  };
  return (
    <Section
      title="From the Hugging Face Hub"
      description="Any repository with weights of one of the networks, such as timm/coatnet_0_rw_224.sw_in1k."
    >
      <form onSubmit={submit}>
        <Stack>
          <SimpleGrid cols={{ base: 1, sm: 3 }}>
            <TextInput
              label="Repository"
              placeholder="owner/name"
              value={hub}
              onChange={(event) => setHub(event.currentTarget.value.trim())}
              required
            />
            <TextInput
              label="Revision"
              placeholder="main"
              value={revision}
              onChange={(event) => setRevision(event.currentTarget.value.trim())}
            />
            <TextInput
              label="Model"
              placeholder={model || 'name'}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
          </SimpleGrid>
          <LabelFields
            labels={labels}
            onLabels={setLabels}
            replaceHead={replaceHead}
            onReplaceHead={setReplaceHead}
          />
          {error !== undefined && <ErrorPanel error={error} title="The import did not start" />}
          <Group justify="flex-end">
            <Button
              type="submit"
              loading={busy}
              disabled={!hub || !model}
              leftSection={<IconDownload size={16} />}
            >
              Import
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  );
}

'use client';

import { SimpleGrid, Stack, TextInput } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useApiForm } from '@/api/use-api-form';
import { modelName } from '@/features/jobs/model-name';
import { ApiForm, FormEnd } from '@/ui/api-form';
import { Section } from '@/ui/section';
import { LabelFields, noLabels } from './label-fields';
import { labelsOf } from './labels';
import { useImport } from './use-import';

const initialValues = { hub: '', revision: '', name: '', ...noLabels };

const modelOf = ({ name, hub }: typeof initialValues) =>
  name || modelName(hub.trim().split('/').at(-1) ?? '');

/** Imports a repository of the Hugging Face Hub by its name. */
export function HubForm() {
  const startImport = useImport();
  const api = useApiForm(initialValues, (values) =>
    startImport(modelOf(values), {
      hub: values.hub.trim(),
      revision: values.revision.trim() || undefined,
      labels: labelsOf(values.labels),
      replaceHead: values.replaceHead || undefined,
    }),
  );
  const { form } = api;
  const model = modelOf(form.values);
  return (
    <Section
      title="From the Hugging Face Hub"
      description="Any repository with weights of one of the architectures, such as timm/coatnet_0_rw_224.sw_in1k."
    >
      <ApiForm form={api}>
        <Stack>
          <SimpleGrid cols={{ base: 1, sm: 3 }}>
            <TextInput
              label="Repository"
              placeholder="owner/name"
              required
              {...form.getInputProps('hub')}
            />
            <TextInput label="Revision" placeholder="main" {...form.getInputProps('revision')} />
            <TextInput
              label="Model"
              placeholder={model || 'name'}
              {...form.getInputProps('name')}
            />
          </SimpleGrid>
          <LabelFields form={form} />
          <FormEnd
            form={api}
            label="Import"
            icon={<IconDownload size={16} />}
            disabled={!form.values.hub.trim() || !model}
            errorTitle="The import could not be started"
          />
        </Stack>
      </ApiForm>
    </Section>
  );
}

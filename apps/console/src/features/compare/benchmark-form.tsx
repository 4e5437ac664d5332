'use client';

import { NumberInput, SimpleGrid, Stack, TagsInput } from '@mantine/core';
import { IconStopwatch } from '@tabler/icons-react';
import type { Model } from '@/api/types';
import { useApiForm } from '@/api/use-api-form';
import { useAll } from '@/api/use-pages';
import { useStartJob } from '@/features/jobs/use-start-job';
import { ApiForm, FormEnd } from '@/ui/api-form';
import { Section } from '@/ui/section';

const initialValues = {
  models: [] as string[],
  batchSizes: ['1', '8'],
  imageSizes: [] as string[],
  secondsPerSetting: 3 as number | string,
};

/** Starts a job that measures versions on this machine. */
export function BenchmarkForm() {
  const { data: models = [] } = useAll('/models', {});
  const startJob = useStartJob();
  const api = useApiForm(initialValues, (values) =>
    startJob({
      type: 'benchmark',
      models: values.models,
      batchSizes: values.batchSizes.map(Number),
      imageSizes: values.imageSizes.length > 0 ? values.imageSizes.map(Number) : undefined,
      secondsPerSetting: Number(values.secondsPerSetting),
    }),
  );
  const { form } = api;
  const { imageSizes, batchSizes, models: chosen } = form.values;
  return (
    <Section
      title="Measure speed"
      description="A job runs each version alone, as it would be served, at every image and batch size."
    >
      <ApiForm form={api}>
        <Stack>
          <TagsInput
            label="Versions"
            description="name:3, name@alias, or a model's name for its latest version"
            data={models.flatMap(referencesOf)}
            required
            clearable
            {...form.getInputProps('models')}
          />
          <SimpleGrid cols={{ base: 1, sm: 3 }}>
            <TagsInput label="Batch sizes" required {...form.getInputProps('batchSizes')} />
            <TagsInput
              label="Image sizes"
              placeholder={imageSizes.length > 0 ? undefined : "Each version's own"}
              {...form.getInputProps('imageSizes')}
            />
            <NumberInput
              label="Seconds per setting"
              min={0.1}
              max={300}
              required
              {...form.getInputProps('secondsPerSetting')}
            />
          </SimpleGrid>
          <FormEnd
            form={api}
            label="Measure"
            icon={<IconStopwatch size={16} />}
            disabled={chosen.length === 0 || batchSizes.length === 0}
            errorTitle="The job could not be started"
          />
        </Stack>
      </ApiForm>
    </Section>
  );
}

function referencesOf({ name, latestVersion, aliases }: Model): string[] {
  if (latestVersion === null) return [];
  return [`${name}:${latestVersion}`, ...Object.keys(aliases).map((alias) => `${name}@${alias}`)];
}

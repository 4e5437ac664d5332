'use client';

import { Button, Group, NumberInput, SimpleGrid, Stack, TagsInput } from '@mantine/core';
import { IconStopwatch } from '@tabler/icons-react';
import { useState, type FormEvent } from 'react';
import type { Model } from '@/api/types';
import { useAll } from '@/api/use-pages';
import { useStartJob } from '@/features/jobs/use-start-job';
import { ErrorPanel } from '@/ui/error-panel';
import { Section } from '@/ui/section';

/** Starts a job that measures versions on this machine. */
export function BenchmarkForm() {
  const { data: models = [] } = useAll<Model>('/models');
  const [versions, setVersions] = useState<string[]>([]);
  const [batchSizes, setBatchSizes] = useState(['1', '8']);
  const [imageSizes, setImageSizes] = useState<string[]>([]);
  const [seconds, setSeconds] = useState<number | string>(3);
  const { start, busy, error } = useStartJob();

  const submit = (event: FormEvent) => {
    event.preventDefault();
    void start('/jobs', {
      type: 'benchmark',
      models: versions,
      batchSizes: batchSizes.map(Number),
      ...(imageSizes.length > 0 ? { imageSizes: imageSizes.map(Number) } : {}),
      secondsPerSetting: Number(seconds),
    });
  };

  return (
    <Section
      title="Measure speed"
      description="A job runs each version as it would be served, alone, in every picture and batch size."
    >
      <form onSubmit={submit}>
        <Stack>
          <TagsInput
            label="Versions"
            description="name:3, name@alias, or a model's name for its latest version"
            data={models.flatMap(referencesOf)}
            value={versions}
            onChange={setVersions}
            required
            clearable
          />
          <SimpleGrid cols={{ base: 1, sm: 3 }}>
            <TagsInput label="Batch sizes" value={batchSizes} onChange={setBatchSizes} required />
            <TagsInput
              label="Picture sizes"
              placeholder={imageSizes.length > 0 ? undefined : "Each version's own"}
              value={imageSizes}
              onChange={setImageSizes}
            />
            <NumberInput
              label="Seconds a setting"
              value={seconds}
              onChange={setSeconds}
              min={0.1}
              max={300}
              required
            />
          </SimpleGrid>
          {error !== undefined && <ErrorPanel error={error} title="The job did not start" />}
          <Group justify="flex-end">
            <Button
              type="submit"
              loading={busy}
              disabled={versions.length === 0 || batchSizes.length === 0}
              leftSection={<IconStopwatch size={16} />}
            >
              Measure
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  );
}

function referencesOf({ name, latestVersion, aliases }: Model): string[] {
  if (latestVersion === null) return [];
  return [`${name}:${latestVersion}`, ...Object.keys(aliases).map((alias) => `${name}@${alias}`)];
}

'use client';

import { Anchor, Group, SimpleGrid, Stack, Title } from '@mantine/core';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { usePages } from '@/api/use-pages';
import { JobTable } from '@/features/jobs/job-table';
import { useJobs } from '@/features/jobs/use-jobs';
import { ModelTable } from '@/features/models/model-list';
import { Loaded } from '@/ui/loaded';
import { PageHeader } from '@/ui/page-header';
import { StepCard } from './step-card';
import { steps } from './steps';

const shown = 5;

export function OverviewPage() {
  const datasets = usePages('/datasets', {});
  const jobs = useJobs();
  const models = usePages('/models', {});
  const all = {
    data:
      datasets.data && jobs.data && models.data
        ? { datasets: datasets.data, jobs: jobs.data, models: models.data }
        : undefined,
    error: datasets.error ?? jobs.error ?? models.error,
    mutate: () => Promise.all([datasets.mutate(), jobs.mutate(), models.mutate()]),
  };
  return (
    <>
      <PageHeader
        title="Overview"
        description="From a folder of images to a classifier served over HTTP, in three steps."
      />
      <Loaded request={all}>
        {(state) => (
          <Stack gap="xl">
            <SimpleGrid
              component="ol"
              cols={{ base: 1, md: 3 }}
              p={0}
              m={0}
              style={{ listStyle: 'none' }}
            >
              {steps({ ...state, moreDatasets: datasets.more, moreModels: models.more }).map(
                (step, index) => (
                  <StepCard key={step.title} number={index + 1} step={step} />
                ),
              )}
            </SimpleGrid>
            {state.jobs.length > 0 && (
              <Recent title="Recent jobs" href="/jobs">
                <JobTable jobs={state.jobs.slice(0, shown)} />
              </Recent>
            )}
            {state.models.length > 0 && (
              <Recent title="Models" href="/models">
                <ModelTable models={state.models.slice(0, shown)} />
              </Recent>
            )}
          </Stack>
        )}
      </Loaded>
    </>
  );
}

function Recent(props: { title: string; href: string; children: ReactNode }) {
  return (
    <section aria-label={props.title}>
      <Group justify="space-between" mb="sm">
        <Title order={2} fz="md">
          {props.title}
        </Title>
        <Anchor component={Link} href={props.href} fz="sm" aria-label={`All of ${props.title}`}>
          See all
        </Anchor>
      </Group>
      {props.children}
    </section>
  );
}

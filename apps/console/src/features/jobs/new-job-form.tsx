'use client';

import { Grid, Stack, TextInput } from '@mantine/core';
import type { Architecture, DatasetSummary, Recipe } from '@/api/types';
import { useApi } from '@/api/use-api';
import { useApiForm } from '@/api/use-api-form';
import { useAll } from '@/api/use-pages';
import { ApiForm } from '@/ui/api-form';
import { Loaded } from '@/ui/loaded';
import { PageHeader } from '@/ui/page-header';
import { Section } from '@/ui/section';
import { BasePicker } from './base-picker';
import { DatasetPicker } from './dataset-picker';
import { JobSummary } from './job-summary';
import { emptyRecipe, nameFor, type NewJobValues } from './new-job-values';
import { recipeDefaults } from './recipe-fields';
import { PresetPicker } from './preset-picker';
import { RecipeForm } from './recipe-form';
import { useStartJob } from './use-start-job';

interface Start {
  datasetId?: string;
  model?: string;
}

export function NewJobForm(start: Start) {
  const datasets = useAll('/datasets', {});
  const architectures = useApi('/architectures', {});
  return (
    <>
      <PageHeader
        title="New fine-tune"
        back={{ href: '/jobs', label: 'Jobs' }}
        description="Teach a network the classes of your images."
      />
      <Loaded request={datasets}>
        {(datasetList) => (
          <Loaded request={architectures}>
            {(catalogue) => <Form {...start} datasets={datasetList} architectures={catalogue} />}
          </Loaded>
        )}
      </Loaded>
    </>
  );
}

function Form(props: Start & { datasets: DatasetSummary[]; architectures: Architecture[] }) {
  const { datasets, architectures } = props;
  const startJob = useStartJob();
  const initialValues: NewJobValues = {
    dataset: props.datasetId ?? datasets[0]?.id ?? null,
    startFrom: props.model ? 'model' : 'architecture',
    architecture: architectures[0]?.name ?? '',
    model: props.model ?? '',
    name: undefined,
    preset: null,
    recipe: emptyRecipe,
  };
  const api = useApiForm(initialValues, (values) =>
    startJob({
      type: 'fine-tune',
      [values.startFrom]: values[values.startFrom],
      dataset: values.dataset ?? '',
      name: nameFor(values, datasets),
      preset: values.preset ?? undefined,
      // The generated type also requires values that have a default.
      recipe: values.recipe as Recipe,
    }),
  );
  const { form } = api;
  const { values } = form;
  const startsNew = values.startFrom === 'architecture';
  const dataset = datasets.find(({ id }) => id === values.dataset);
  const architecture = startsNew
    ? architectures.find(({ name }) => name === values.architecture)
    : undefined;
  const defaults = values.preset ? {} : recipeDefaults(architecture);
  const name = nameFor(values, datasets);

  return (
    <ApiForm form={api} noValidate>
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 8 }}>
          <Stack gap="lg">
            <Section title="1. Images">
              <DatasetPicker datasets={datasets} {...form.getInputProps('dataset')} />
            </Section>
            <Section title="2. Start from">
              <BasePicker architectures={architectures} form={form} />
            </Section>
            <Section title="3. Name the model">
              <TextInput
                label="Model name"
                description="Lower case letters, digits, dots and dashes. A name that exists gets a new version."
                {...form.getInputProps('name')}
                value={name}
              />
            </Section>
            <Section title="4. Recipe" description="The defaults are a good start.">
              <Stack>
                <PresetPicker form={form} />
                <RecipeForm form={form} defaults={defaults} datasetId={dataset?.id} />
              </Stack>
            </Section>
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 4 }}>
          <JobSummary
            dataset={dataset}
            base={startsNew ? architecture?.title : values.model}
            name={name}
            epochs={values.recipe.epochs ?? defaults.epochs}
            imageSize={values.recipe.imageSize ?? defaults.imageSize}
            busy={api.busy}
            error={api.error}
          />
        </Grid.Col>
      </Grid>
    </ApiForm>
  );
}

'use client';

import { Grid, Stack, TextInput } from '@mantine/core';
import { useRouter } from 'next/navigation';
import { useEffect, useMemo, useRef, useState, type FormEvent } from 'react';
import useSWR from 'swr';
import { type ApiError, toApiError } from '@/api/api-error';
import { path, post } from '@/api/client';
import type { Architecture, DatasetSummary, Job } from '@/api/types';
import { useAll, useReloadList } from '@/api/use-pages';
import { Loaded } from '@/ui/loaded';
import { PageHeader } from '@/ui/page-header';
import { Section } from '@/ui/section';
import { BasePicker, type Base } from './base-picker';
import { DatasetPicker } from './dataset-picker';
import { JobSummary } from './job-summary';
import { modelName } from './model-name';
import { problemFields } from './problem-fields';
import { recipeFields } from './recipe-fields';
import { RecipeForm, type RecipeInput } from './recipe-form';
import { recipeDefaults, type RecipeSchema } from './recipe-schema';

const formFields = new Set<string>([
  'name',
  'dataset',
  'model',
  'architecture',
  ...recipeFields.map(({ name }) => name),
]);

interface Start {
  datasetId?: string;
  model?: string;
  schema: RecipeSchema;
}

export function NewJobForm(start: Start) {
  const datasets = useAll<DatasetSummary>('/datasets');
  const architectures = useSWR<Architecture[]>('/architectures');
  return (
    <>
      <PageHeader
        title="New fine-tune"
        back={{ href: '/jobs', label: 'Jobs' }}
        description="Teach a network the classes of your pictures."
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
  const { datasets, architectures, schema } = props;
  const router = useRouter();
  const reloadList = useReloadList();
  const [datasetId, setDatasetId] = useState(props.datasetId ?? datasets[0]?.id);
  const [base, setBase] = useState<Base>(
    props.model
      ? { kind: 'model', reference: props.model }
      : { kind: 'architecture', name: architectures[0]?.name ?? '' },
  );
  const [typedName, setTypedName] = useState<string>();
  const [recipe, setRecipe] = useState<RecipeInput>({});
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError>();

  const dataset = datasets.find(({ id }) => id === datasetId);
  const architecture = architectures.find(
    ({ name }) => base.kind === 'architecture' && name === base.name,
  );
  const defaults = recipeDefaults(schema, architecture);
  const suggested =
    base.kind === 'model'
      ? (base.reference.split(/[:@]/)[0] ?? '')
      : modelName(dataset?.name ?? '', architecture?.name ?? '');
  const name = typedName ?? suggested;
  const { errors, rest } = useMemo(() => problemFields(error?.problems ?? [], formFields), [error]);

  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (error) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [error]);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      const from = base.kind === 'model' ? { model: base.reference } : { architecture: base.name };
      const request = { type: 'fine-tune', ...from, dataset: datasetId, name, recipe };
      const job = await post<Job>('/jobs', request);
      await reloadList('/jobs');
      router.push(path`/jobs/${job.id}`);
    } catch (reason) {
      setError(toApiError(reason));
      setBusy(false);
    }
  };

  return (
    <form ref={form} onSubmit={(event) => void submit(event)} noValidate>
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 8 }}>
          <Stack gap="lg">
            <Section title="1. Pictures">
              <DatasetPicker
                datasets={datasets}
                value={datasetId}
                onChange={setDatasetId}
                error={errors.dataset}
              />
            </Section>
            <Section title="2. Start from">
              <BasePicker
                architectures={architectures}
                value={base}
                onChange={setBase}
                error={errors.architecture ?? errors.model}
              />
            </Section>
            <Section title="3. Name the model">
              <TextInput
                label="Model name"
                description="Lower case letters, digits, dots and dashes. An existing name gets a new version."
                value={name}
                onChange={(event) => setTypedName(event.currentTarget.value)}
                error={errors.name}
              />
            </Section>
            <Section title="4. Recipe" description="The defaults are a good start.">
              <RecipeForm
                schema={schema}
                value={recipe}
                onChange={setRecipe}
                errors={errors}
                defaults={defaults}
              />
            </Section>
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 4 }}>
          <JobSummary
            dataset={dataset}
            base={architecture?.title ?? (base.kind === 'model' ? base.reference : '')}
            name={name}
            epochs={recipe.epochs ?? defaults.epochs}
            imageSize={recipe.imageSize ?? defaults.imageSize}
            busy={busy}
            error={error}
            unmarked={rest}
          />
        </Grid.Col>
      </Grid>
    </form>
  );
}

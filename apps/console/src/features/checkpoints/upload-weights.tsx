'use client';

import { FileInput, Select, TextInput } from '@mantine/core';
import { useRouter } from 'next/navigation';
import type { ModelVersion } from '@/api/types';
import { upload } from '@/api/upload';
import { useApi } from '@/api/use-api';
import { useUploadForm } from '@/api/use-api-form';
import { notifyDone } from '@/ui/notify';
import { path } from '@/ui/path';
import { UploadPage } from '@/ui/upload-page';
import { LabelFields, noLabels } from './label-fields';
import { labelsOf } from './labels';

const initialValues = {
  weights: [] as File[],
  architecture: null as string | null,
  name: '',
  licence: '',
  ...noLabels,
};

function formOf({ architecture, labels, licence, replaceHead, weights }: typeof initialValues) {
  const config = {
    architecture: architecture ?? undefined,
    labels: labelsOf(labels),
    licence: licence.trim() || undefined,
    replaceHead: replaceHead || undefined,
  };
  const form = new FormData();
  form.append('config', JSON.stringify(config));
  for (const file of weights) form.append('weights', file);
  return form;
}

/** Uploads weights files as a model's next version. */
export function UploadWeights() {
  const router = useRouter();
  const { data: architectures = [] } = useApi('/architectures', {});
  const api = useUploadForm(initialValues, async (values, options) => {
    const model = { path: { name: values.name } };
    const answer = await upload('/models/{name}/versions', model, formOf(values), options);
    // The answer to a form is a version; to JSON, a job.
    const { model: name, version, architecture } = answer as ModelVersion;
    notifyDone(`Version ${version} of ${name} is ready: ${architecture}.`);
    router.push(path`/models/${name}`);
  });
  const { form } = api;
  return (
    <UploadPage
      title="Upload weights"
      back={{ href: '/checkpoints', label: 'Checkpoints' }}
      description="safetensors, PyTorch (.pth, .pt, .bin, .ckpt), Keras (.h5, .keras), TensorFlow checkpoints (.tgz, or .index with its .data files), or ONNX. Choose all files of a checkpoint together."
      form={api}
      disabled={form.values.weights.length === 0 || !form.values.name.trim()}
      errorTitle="The weights were not accepted"
      afterwards="Reading the weights"
    >
      <FileInput
        label="Files"
        placeholder="Choose one file, or all files of a checkpoint"
        multiple
        clearable
        required
        {...form.getInputProps('weights')}
      />
      <Select
        label="Architecture"
        description="If empty, it is recognized from the weights. An ONNX file from another program must name it."
        data={architectures.map((each) => ({ value: each.name, label: each.title }))}
        searchable
        clearable
        {...form.getInputProps('architecture')}
      />
      <TextInput label="Model" placeholder="flowers" required {...form.getInputProps('name')} />
      <LabelFields form={form} />
      <TextInput label="Licence" placeholder="Apache-2.0" {...form.getInputProps('licence')} />
    </UploadPage>
  );
}

'use client';

import { Button, FileInput, Group, Paper, Progress, Select, Stack, TextInput } from '@mantine/core';
import { IconUpload } from '@tabler/icons-react';
import { useRouter } from 'next/navigation';
import { useState, type FormEvent } from 'react';
import useSWR from 'swr';
import { path } from '@/api/client';
import type { Architecture, ModelVersion } from '@/api/types';
import { useUpload } from '@/api/use-upload';
import { ErrorPanel } from '@/ui/error-panel';
import { notifyDone } from '@/ui/notify';
import { PageHeader } from '@/ui/page-header';
import { LabelFields } from './label-fields';
import { labelsOf } from './labels';

/** Uploads weights files as a model's next version. */
export function UploadWeights() {
  const router = useRouter();
  const { data: architectures = [] } = useSWR<Architecture[]>('/architectures');
  const [files, setFiles] = useState<File[]>([]);
  const [architecture, setArchitecture] = useState<string | null>(null);
  const [name, setName] = useState('');
  const [licence, setLicence] = useState('');
  const [labels, setLabels] = useState('');
  const [replaceHead, setReplaceHead] = useState(false);
  const { sent, error, start } = useUpload();

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const given = { architecture, labels: labelsOf(labels), licence: licence.trim() };
    const config = Object.entries({ ...given, replaceHead }).filter(([, value]) => value);
    const form = new FormData();
    form.append('config', JSON.stringify(Object.fromEntries(config)));
    for (const file of files) form.append('weights', file);
    await start<ModelVersion>(path`/models/${name}/versions`, form, (version) => {
      notifyDone(
        `Version ${version.version} of ${version.model} is ready: ${version.architecture}.`,
      );
      router.push(path`/models/${version.model}`);
    });
  };

  return (
    <>
      <PageHeader
        title="Upload weights"
        back={{ href: '/checkpoints', label: 'Checkpoints' }}
        description="safetensors, PyTorch (.pth, .pt, .bin, .ckpt), Keras (.h5, .keras), TensorFlow checkpoints (.tgz, or .index with its .data files), or ONNX. Checkpoints of several files are chosen together."
      />
      <Paper maw={720}>
        <form onSubmit={(event) => void submit(event)}>
          <Stack>
            <FileInput
              label="Files"
              placeholder="Choose one, or all files of a checkpoint"
              multiple
              clearable
              value={files}
              onChange={setFiles}
              required
            />
            <Select
              label="Architecture"
              description="Left empty: found from the weights. An ONNX file of another program must name it."
              data={architectures.map((each) => ({ value: each.name, label: each.title }))}
              value={architecture}
              onChange={setArchitecture}
              searchable
              clearable
            />
            <TextInput
              label="Model"
              placeholder="flowers"
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              required
            />
            <LabelFields
              labels={labels}
              onLabels={setLabels}
              replaceHead={replaceHead}
              onReplaceHead={setReplaceHead}
            />
            <TextInput
              label="Licence"
              placeholder="Apache-2.0"
              value={licence}
              onChange={(event) => setLicence(event.currentTarget.value)}
            />
            {error !== undefined && <ErrorPanel error={error} title="No version was made" />}
            {sent !== undefined && (
              <Progress value={sent * 100} animated={sent >= 1} aria-label="Upload progress" />
            )}
            <Group justify="flex-end">
              <Button
                type="submit"
                disabled={files.length === 0 || !name.trim()}
                loading={sent !== undefined}
                leftSection={<IconUpload size={16} />}
              >
                Upload
              </Button>
            </Group>
          </Stack>
        </form>
      </Paper>
    </>
  );
}

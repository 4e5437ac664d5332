'use client';

import { Button, Code, Group, Paper, Progress, Stack, Text, TextInput } from '@mantine/core';
import { Dropzone } from '@mantine/dropzone';
import { IconFileZip, IconUpload } from '@tabler/icons-react';
import { useRouter } from 'next/navigation';
import { useState, type FormEvent } from 'react';
import { path } from '@/api/client';
import type { Dataset } from '@/api/types';
import { useReloadList } from '@/api/use-pages';
import { useUpload } from '@/api/use-upload';
import { ErrorPanel } from '@/ui/error-panel';
import { bytes, percent } from '@/ui/format';
import { notifyDone } from '@/ui/notify';
import { PageHeader } from '@/ui/page-header';
import classes from './upload-form.module.css';

const withoutExtension = (fileName: string) => fileName.replace(/\.zip$/i, '');

export function UploadForm() {
  const router = useRouter();
  const reloadList = useReloadList();
  const [file, setFile] = useState<File>();
  const [name, setName] = useState('');
  const { sent, error, start, stop, dismissError } = useUpload();

  const choose = (chosen: File) => {
    setFile(chosen);
    dismissError();
    setName((current) => current || withoutExtension(chosen.name));
  };

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!file) return;
    const form = new FormData();
    form.append('name', name);
    form.append('file', file);
    await start<Dataset>('/datasets', form, async (dataset) => {
      await reloadList('/datasets');
      notifyDone(`${dataset.name} is ready.`);
      router.push(path`/datasets/${dataset.id}`);
    });
  };

  const busy = sent !== undefined;
  return (
    <>
      <PageHeader
        title="Upload pictures"
        back={{ href: '/datasets', label: 'Datasets' }}
        description="A zip file with one folder per class; the folder’s name becomes the label."
      />
      <Paper maw={720}>
        <form onSubmit={(event) => void submit(event)}>
          <Stack>
            <Dropzone
              onDrop={([dropped]) => dropped && choose(dropped)}
              multiple={false}
              disabled={busy}
              className={classes.dropzone}
              inputProps={{ 'aria-label': 'Zip file' }}
              role="button"
              aria-label="Drop a zip file here or press Enter to choose one"
            >
              <Stack align="center" gap={6} py="lg">
                <IconFileZip size={40} stroke={1.3} aria-hidden />
                <Text fw={600} ta="center">
                  {file ? file.name : 'Drop a zip file here, or choose one'}
                </Text>
                <Text fz="sm" c="dimmed" ta="center">
                  {file ? bytes(file.size) : 'JPEG, PNG, WebP, GIF, AVIF or TIFF pictures'}
                </Text>
              </Stack>
            </Dropzone>
            <Code block aria-label="Example of the folders in a zip file">
              {'flowers.zip\n├─ daisy/   1.jpg  2.jpg  …\n└─ tulip/   1.jpg  2.jpg  …'}
            </Code>
            <TextInput
              label="Name"
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              disabled={busy}
              required
              maxLength={100}
              placeholder="flowers"
            />
            {error !== undefined && <ErrorPanel error={error} title="This dataset was not made" />}
            {busy && <UploadProgress sent={sent} />}
            <Group justify="flex-end">
              {busy && (
                <Button variant="default" onClick={stop}>
                  Stop
                </Button>
              )}
              <Button
                type="submit"
                disabled={!file || !name.trim()}
                loading={busy}
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

function UploadProgress({ sent }: { sent: number }) {
  const reading = sent >= 1;
  return (
    <div>
      <Progress.Root size="lg">
        <Progress.Section
          value={sent * 100}
          animated={reading}
          aria-label="Upload progress"
          aria-valuetext={percent(sent)}
        />
      </Progress.Root>
      <Text fz="sm" c="dimmed" mt={6} role="status">
        {reading ? 'Sent. Checking every picture …' : `Uploading, ${percent(sent)}`}
      </Text>
    </div>
  );
}

'use client';

import {
  Button,
  Code,
  Group,
  Paper,
  Progress,
  Select,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { Dropzone } from '@mantine/dropzone';
import { IconFileZip, IconUpload } from '@tabler/icons-react';
import { useRouter } from 'next/navigation';
import { useState, type FormEvent } from 'react';
import { path } from '@/api/client';
import type { Dataset, DatasetSummary, NameEncoding } from '@/api/types';
import { useAll, useReloadList } from '@/api/use-pages';
import { useUpload } from '@/api/use-upload';
import { ErrorPanel } from '@/ui/error-panel';
import { bytes, percent } from '@/ui/format';
import { notifyDone } from '@/ui/notify';
import { PageHeader } from '@/ui/page-header';
import classes from './upload-form.module.css';

const withoutExtension = (fileName: string) => fileName.replace(/\.(zip|tar|tgz|tar\.gz)$/i, '');

/** What older archivers write names in, by where they are used. */
const nameEncodings: Record<NameEncoding, string> = {
  'utf-8': 'UTF-8',
  cp437: 'CP437 (DOS, USA)',
  cp850: 'CP850 (DOS, Western Europe)',
  cp852: 'CP852 (DOS, Central Europe)',
  cp866: 'CP866 (DOS, Cyrillic)',
  'windows-1250': 'Windows-1250 (Central Europe)',
  'windows-1251': 'Windows-1251 (Cyrillic)',
  'windows-1252': 'Windows-1252 (Western Europe)',
  shift_jis: 'Shift-JIS (Japanese)',
  gb18030: 'GBK, GB18030 (Chinese)',
  big5: 'Big5 (Chinese, traditional)',
  'euc-kr': 'EUC-KR (Korean)',
};

export function UploadForm() {
  const router = useRouter();
  const reloadList = useReloadList();
  const [file, setFile] = useState<File>();
  const [name, setName] = useState('');
  const [nameEncoding, setNameEncoding] = useState<string | null>(null);
  const { data: datasets = [] } = useAll<DatasetSummary>('/datasets');
  const { sent, error, start, stop, dismissError } = useUpload();
  const busy = sent !== undefined;
  // Said before gigabytes are sent: a browser reads the answer to an upload at its end.
  const isTaken = !busy && datasets.some((dataset) => dataset.name === name.trim());

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
    if (nameEncoding) form.append('nameEncoding', nameEncoding);
    form.append('file', file);
    await start<Dataset>('/datasets', form, async (dataset) => {
      await reloadList('/datasets');
      notifyDone(`${dataset.name} is ready.`);
      router.push(path`/datasets/${dataset.id}`);
    });
  };

  return (
    <>
      <PageHeader
        title="Upload pictures"
        back={{ href: '/datasets', label: 'Datasets' }}
        description="An archive with one folder per class; the folder’s name becomes the label."
      />
      <Paper maw={720}>
        <form onSubmit={(event) => void submit(event)}>
          <Stack>
            <Dropzone
              onDrop={([dropped]) => dropped && choose(dropped)}
              multiple={false}
              disabled={busy}
              className={classes.dropzone}
              inputProps={{ 'aria-label': 'Archive' }}
              role="button"
              aria-label="Drop an archive here or press Enter to choose one"
            >
              <Stack align="center" gap={6} py="lg">
                <IconFileZip size={40} stroke={1.3} aria-hidden />
                <Text fw={600} ta="center">
                  {file ? file.name : 'Drop a zip or .tar.gz file here, or choose one'}
                </Text>
                <Text fz="sm" c="dimmed" ta="center">
                  {file ? bytes(file.size) : 'JPEG, PNG, WebP, GIF, AVIF, TIFF or BMP pictures'}
                </Text>
              </Stack>
            </Dropzone>
            <Code block aria-label="Example of the folders in an archive">
              {'flowers.zip\n├─ daisy/   1.jpg  2.jpg  …\n└─ tulip/   1.jpg  2.jpg  …'}
            </Code>
            <Text fz="sm" c="dimmed">
              Folders called train, valid and test around them are kept as splits.
            </Text>
            <TextInput
              label="Name"
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              disabled={busy}
              required
              maxLength={100}
              placeholder="flowers"
              error={isTaken && 'There is a dataset of this name already'}
            />
            <Select
              label="Encoding of names"
              description="Only for archives that do not say it; the report says which one was taken."
              placeholder="Guess"
              data={Object.entries(nameEncodings).map(([value, label]) => ({ value, label }))}
              value={nameEncoding}
              onChange={setNameEncoding}
              disabled={busy}
              clearable
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
                disabled={!file || !name.trim() || isTaken}
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

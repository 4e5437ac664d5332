'use client';

import { Code, Select, Stack, Text, TextInput } from '@mantine/core';
import { Dropzone } from '@mantine/dropzone';
import { IconFileZip } from '@tabler/icons-react';
import { useRouter } from 'next/navigation';
import { upload } from '@/api/upload';
import { useUploadForm } from '@/api/use-api-form';
import { useAll, useReloadList } from '@/api/use-pages';
import { bytes } from '@/ui/format';
import { notifyDone } from '@/ui/notify';
import { path } from '@/ui/path';
import { UploadPage } from '@/ui/upload-page';
import { nameEncodings } from './name-encodings';
import classes from './upload-dataset.module.css';

const withoutExtension = (fileName: string) => fileName.replace(/\.(zip|tar|tgz|tar\.gz)$/i, '');

const initialValues = {
  file: undefined as File | undefined,
  name: '',
  nameEncoding: null as string | null,
};

function formOf({ name, nameEncoding, file }: typeof initialValues) {
  const form = new FormData();
  form.append('name', name);
  if (nameEncoding) form.append('nameEncoding', nameEncoding);
  // Last, so that the API checks the other fields before the bytes arrive.
  if (file) form.append('file', file);
  return form;
}

/** Uploads an archive of images as a dataset. */
export function UploadDataset() {
  const router = useRouter();
  const reloadList = useReloadList();
  const { data: datasets = [] } = useAll('/datasets', {});
  const api = useUploadForm(initialValues, async (values, options) => {
    const dataset = await upload('/datasets', {}, formOf(values), options);
    await reloadList('/datasets');
    notifyDone(`${dataset.name} is ready.`);
    router.push(path`/datasets/${dataset.id}`);
  });
  const { form, busy } = api;
  const { file, name } = form.values;
  // Checked before gigabytes are sent: a browser reads the answer only after the whole upload.
  const isTaken = !busy && datasets.some((dataset) => dataset.name === name.trim());
  const choose = (chosen: File) => {
    api.dismissError();
    form.setFieldValue('file', chosen);
    if (!name) form.setFieldValue('name', withoutExtension(chosen.name));
  };
  const nameProps = form.getInputProps('name');

  return (
    <UploadPage
      title="Upload images"
      back={{ href: '/datasets', label: 'Datasets' }}
      description="An archive with one folder per class; the folder’s name becomes the label."
      form={api}
      disabled={!file || !name.trim() || isTaken}
      errorTitle="The dataset was not created"
      afterwards="Checking every image"
    >
      <ArchiveDrop file={file} onDrop={choose} disabled={busy} />
      <Code block aria-label="Example of the folders in an archive">
        {'flowers.zip\n├─ daisy/   1.jpg  2.jpg  …\n└─ tulip/   1.jpg  2.jpg  …'}
      </Code>
      <Text fz="sm" c="dimmed">
        Folders named train, valid and test around them are kept as splits.
      </Text>
      <TextInput
        label="Name"
        disabled={busy}
        required
        maxLength={100}
        placeholder="flowers"
        {...nameProps}
        error={isTaken ? 'A dataset with this name already exists' : (nameProps.error as string)}
      />
      <Select
        label="Encoding of file names"
        description="Only for archives that do not state it; the report says which one was used."
        placeholder="Detect"
        data={nameEncodings}
        disabled={busy}
        clearable
        {...form.getInputProps('nameEncoding')}
      />
    </UploadPage>
  );
}

function ArchiveDrop(props: { file?: File; onDrop: (file: File) => void; disabled: boolean }) {
  const { file, onDrop, disabled } = props;
  return (
    <Dropzone
      onDrop={([dropped]) => dropped && onDrop(dropped)}
      multiple={false}
      disabled={disabled}
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
          {file ? bytes(file.size) : 'JPEG, PNG, WebP, GIF, AVIF, TIFF or BMP images'}
        </Text>
      </Stack>
    </Dropzone>
  );
}

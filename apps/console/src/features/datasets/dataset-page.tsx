'use client';

import { Alert, Button, List, Stack } from '@mantine/core';
import { IconAlertTriangle, IconSchool } from '@tabler/icons-react';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { client } from '@/api/client';
import type { Dataset } from '@/api/types';
import { useApi } from '@/api/use-api';
import { useReloadList } from '@/api/use-pages';
import { Ago } from '@/ui/ago';
import { ConfirmButton } from '@/ui/confirm-button';
import { bytes, count, plural } from '@/ui/format';
import { Loaded } from '@/ui/loaded';
import { notifyDone } from '@/ui/notify';
import { PageHeader } from '@/ui/page-header';
import { path } from '@/ui/path';
import { Stats } from '@/ui/stat';
import { ImageBrowser } from './image-browser';
import { SkippedReport } from './skipped-report';

export function DatasetPage({ id }: { id: string }) {
  const request = useApi('/datasets/{id}', { path: { id } });
  return <Loaded request={request}>{(dataset) => <DatasetView dataset={dataset} />}</Loaded>;
}

function DatasetView({ dataset }: { dataset: Dataset }) {
  const smallest = Math.min(...dataset.classes.map(({ count: images }) => images));
  return (
    <>
      <PageHeader
        title={dataset.name}
        back={{ href: '/datasets', label: 'Datasets' }}
        description={
          <>
            Added <Ago time={dataset.createdAt} />
          </>
        }
        actions={
          <>
            <DeleteDataset dataset={dataset} />
            <Button
              component={Link}
              href={path`/jobs/new?dataset=${dataset.id}`}
              leftSection={<IconSchool size={16} />}
            >
              Fine-tune on this
            </Button>
          </>
        }
      />
      <Stack gap="lg">
        <Stats
          items={[
            { label: 'Images', value: count(dataset.images) },
            { label: 'Classes', value: count(dataset.classes.length) },
            { label: 'Smallest class', value: plural(smallest, 'image') },
            { label: 'Size', value: bytes(dataset.bytes) },
          ]}
        />
        {dataset.splits && <SplitStats splits={dataset.splits} />}
        {dataset.warnings.length > 0 && <Warnings warnings={dataset.warnings} />}
        {dataset.skippedCount > 0 && <SkippedReport dataset={dataset} />}
        <ImageBrowser dataset={dataset} />
      </Stack>
    </>
  );
}

function SplitStats({ splits }: { splits: NonNullable<Dataset['splits']> }) {
  const validated = splits.valid > 0 ? 'valid' : 'test';
  return (
    <Stats
      items={[
        { label: 'Split train', value: count(splits.train), hint: 'Used for training' },
        {
          label: 'Split valid',
          value: count(splits.valid),
          hint: validated === 'valid' && 'Used for validation',
        },
        {
          label: 'Split test',
          value: count(splits.test),
          hint:
            validated === 'test'
              ? 'Used for validation, never for training'
              : 'Never used for training',
        },
      ]}
    />
  );
}

function Warnings({ warnings }: { warnings: readonly string[] }) {
  return (
    <Alert
      color="orange"
      variant="light"
      icon={<IconAlertTriangle aria-hidden />}
      title="Warnings about this dataset"
    >
      <List fz="sm" spacing={4}>
        {warnings.map((warning) => (
          <List.Item key={warning}>{warning}</List.Item>
        ))}
      </List>
    </Alert>
  );
}

function DeleteDataset({ dataset }: { dataset: Dataset }) {
  const router = useRouter();
  const reloadList = useReloadList();
  const confirm = async () => {
    await client.DELETE('/datasets/{id}', { params: { path: { id: dataset.id } } });
    await reloadList('/datasets');
    notifyDone(`${dataset.name} was deleted.`);
    router.push('/datasets');
  };
  return (
    <ConfirmButton
      label="Delete"
      title={`Delete ${dataset.name}?`}
      confirmLabel="Delete dataset"
      onConfirm={confirm}
    >
      {plural(dataset.images, 'image')} will be deleted. Models trained on them are kept.
    </ConfirmButton>
  );
}

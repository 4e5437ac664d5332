'use client';

import { Alert, Button, List, Stack } from '@mantine/core';
import { IconAlertTriangle, IconSchool } from '@tabler/icons-react';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import useSWR from 'swr';
import { path, remove } from '@/api/client';
import type { Dataset } from '@/api/types';
import { useReloadList } from '@/api/use-pages';
import { Ago } from '@/ui/ago';
import { ConfirmButton } from '@/ui/confirm-button';
import { bytes, count, plural } from '@/ui/format';
import { Loaded } from '@/ui/loaded';
import { notifyDone } from '@/ui/notify';
import { PageHeader } from '@/ui/page-header';
import { Stats } from '@/ui/stat';
import { PictureBrowser } from './picture-browser';
import { SkippedReport } from './skipped-report';

export function DatasetPage({ id }: { id: string }) {
  const request = useSWR<Dataset>(path`/datasets/${id}`);
  return <Loaded request={request}>{(dataset) => <DatasetView dataset={dataset} />}</Loaded>;
}

function DatasetView({ dataset }: { dataset: Dataset }) {
  const smallest = Math.min(...dataset.classes.map(({ count: pictures }) => pictures));
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
            { label: 'Pictures', value: count(dataset.pictures) },
            { label: 'Classes', value: count(dataset.classes.length) },
            { label: 'Smallest class', value: plural(smallest, 'picture') },
            { label: 'Size', value: bytes(dataset.bytes) },
          ]}
        />
        {dataset.splits && <SplitStats splits={dataset.splits} />}
        {dataset.warnings.length > 0 && <Warnings warnings={dataset.warnings} />}
        {dataset.skippedCount > 0 && <SkippedReport dataset={dataset} />}
        <PictureBrowser dataset={dataset} />
      </Stack>
    </>
  );
}

function SplitStats({ splits }: { splits: NonNullable<Dataset['splits']> }) {
  const validated = splits.valid > 0 ? 'valid' : 'test';
  return (
    <Stats
      items={[
        { label: 'Split train', value: count(splits.train), hint: 'Trained on' },
        {
          label: 'Split valid',
          value: count(splits.valid),
          hint: validated === 'valid' && 'Validated with',
        },
        {
          label: 'Split test',
          value: count(splits.test),
          hint: validated === 'test' ? 'Validated with, never trained on' : 'Never trained on',
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
      title="What to know of this dataset"
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
    await remove(path`/datasets/${dataset.id}`);
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
      {plural(dataset.pictures, 'picture')} will be deleted. Models that learned from them stay.
    </ConfirmButton>
  );
}

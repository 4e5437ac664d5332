'use client';

import { Anchor, Box, Button, Table, Text } from '@mantine/core';
import { IconPhoto, IconUpload } from '@tabler/icons-react';
import Link from 'next/link';
import type { DatasetSummary } from '@/api/types';
import { usePages } from '@/api/use-pages';
import { Ago } from '@/ui/ago';
import { CardTable, numeric } from '@/ui/data-table';
import { Empty } from '@/ui/empty';
import { bytes, count } from '@/ui/format';
import { ListPage } from '@/ui/list-page';
import { path } from '@/ui/path';
import { SampleCards } from './sample-cards';

export function DatasetList() {
  return (
    <>
      <ListPage
        title="Datasets"
        description="Images sorted into classes, ready to learn from."
        actions={
          <Button component={Link} href="/datasets/new" leftSection={<IconUpload size={16} />}>
            Upload images
          </Button>
        }
        list={usePages('/datasets', {})}
        empty={<NoDatasets />}
      >
        {(datasets) => (
          <CardTable
            label="Datasets"
            minWidth={560}
            columns={['Name', numeric('Classes'), numeric('Images'), numeric('Size'), 'Added']}
          >
            {datasets.map((dataset) => (
              <DatasetRow key={dataset.id} dataset={dataset} />
            ))}
          </CardTable>
        )}
      </ListPage>
      <Box mt="xl">
        <SampleCards />
      </Box>
    </>
  );
}

function DatasetRow({ dataset }: { dataset: DatasetSummary }) {
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor component={Link} href={path`/datasets/${dataset.id}`} fw={600}>
          {dataset.name}
        </Anchor>
        <Text fz="xs" c="dimmed" lineClamp={1}>
          {dataset.classes.map(({ name }) => name).join(', ')}
          {dataset.classCount > dataset.classes.length && ' …'}
        </Text>
      </Table.Td>
      <Table.Td ta="right">{count(dataset.classCount)}</Table.Td>
      <Table.Td ta="right">{count(dataset.images)}</Table.Td>
      <Table.Td ta="right">{bytes(dataset.bytes)}</Table.Td>
      <Table.Td>
        <Ago time={dataset.createdAt} />
      </Table.Td>
    </Table.Tr>
  );
}

function NoDatasets() {
  return (
    <Empty
      icon={<IconPhoto />}
      title="No images yet"
      description="Upload an archive with one folder of images per class, or start with a sample below."
    >
      <Button component={Link} href="/datasets/new">
        Upload images
      </Button>
    </Empty>
  );
}

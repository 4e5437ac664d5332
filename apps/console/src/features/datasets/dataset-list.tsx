'use client';

import { Anchor, Button, Paper, Stack, Table, Text } from '@mantine/core';
import { IconPhoto, IconUpload } from '@tabler/icons-react';
import Link from 'next/link';
import { path } from '@/api/client';
import type { DatasetSummary } from '@/api/types';
import { usePages } from '@/api/use-pages';
import { Ago } from '@/ui/ago';
import { Empty } from '@/ui/empty';
import { bytes, count } from '@/ui/format';
import { LoadMore } from '@/ui/load-more';
import { Loaded } from '@/ui/loaded';
import { PageHeader } from '@/ui/page-header';
import { SampleCards } from './sample-cards';

export function DatasetList() {
  const request = usePages<DatasetSummary>('/datasets');
  return (
    <>
      <PageHeader
        title="Datasets"
        description="Pictures sorted into classes, ready to learn from."
        actions={
          <Button component={Link} href="/datasets/new" leftSection={<IconUpload size={16} />}>
            Upload pictures
          </Button>
        }
      />
      <Stack gap="xl">
        <Loaded request={request}>
          {(datasets) =>
            datasets.length > 0 ? (
              <div>
                <DatasetTable datasets={datasets} />
                <LoadMore {...request} />
              </div>
            ) : (
              <NoDatasets />
            )
          }
        </Loaded>
        <SampleCards />
      </Stack>
    </>
  );
}

function NoDatasets() {
  return (
    <Empty
      icon={<IconPhoto />}
      title="No pictures yet"
      description="Upload an archive with one folder of pictures per class, or start with a sample below."
    >
      <Button component={Link} href="/datasets/new">
        Upload pictures
      </Button>
    </Empty>
  );
}

function DatasetTable({ datasets }: { datasets: DatasetSummary[] }) {
  return (
    <Paper p={0}>
      <Table.ScrollContainer type="native" minWidth={560}>
        <Table highlightOnHover horizontalSpacing="lg" aria-label="Datasets">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Name</Table.Th>
              <Table.Th ta="right">Classes</Table.Th>
              <Table.Th ta="right">Pictures</Table.Th>
              <Table.Th ta="right">Size</Table.Th>
              <Table.Th>Added</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {datasets.map((dataset) => (
              <Table.Tr key={dataset.id}>
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
                <Table.Td ta="right">{count(dataset.pictures)}</Table.Td>
                <Table.Td ta="right">{bytes(dataset.bytes)}</Table.Td>
                <Table.Td>
                  <Ago time={dataset.createdAt} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Paper>
  );
}

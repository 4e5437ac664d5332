'use client';

import { Anchor, Select, Text } from '@mantine/core';
import Link from 'next/link';
import type { ReactNode } from 'react';
import type { DatasetSummary } from '@/api/types';
import { plural } from '@/ui/format';

export function DatasetPicker(props: {
  datasets: DatasetSummary[];
  value?: string | null;
  onChange?: (id: string | null) => void;
  error?: ReactNode;
}) {
  if (props.datasets.length === 0) {
    return (
      <Text>
        There are no images yet.{' '}
        <Anchor component={Link} href="/datasets">
          Upload some or use a sample
        </Anchor>{' '}
        first.
      </Text>
    );
  }
  return (
    <Select
      label="Dataset"
      data={props.datasets.map((dataset) => ({
        value: dataset.id,
        label: `${dataset.name} (${plural(dataset.images, 'image')}, ${plural(dataset.classCount, 'class', 'classes')})`,
      }))}
      value={props.value}
      onChange={props.onChange}
      allowDeselect={false}
      searchable
      error={props.error}
    />
  );
}

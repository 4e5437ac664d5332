'use client';

import { Anchor, Select, Text } from '@mantine/core';
import Link from 'next/link';
import type { DatasetSummary } from '@/api/types';
import { plural } from '@/ui/format';

export function DatasetPicker(props: {
  datasets: DatasetSummary[];
  value?: string;
  onChange: (id: string) => void;
  error?: string;
}) {
  if (props.datasets.length === 0) {
    return (
      <Text>
        There are no pictures yet.{' '}
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
        label: `${dataset.name} (${plural(dataset.pictures, 'picture')}, ${plural(dataset.classCount, 'class', 'classes')})`,
      }))}
      value={props.value ?? null}
      onChange={(id) => id && props.onChange(id)}
      allowDeselect={false}
      searchable
      error={props.error}
    />
  );
}

'use client';

import { Input, SegmentedControl, Stack } from '@mantine/core';
import type { Architecture } from '@/api/types';
import { ArchitectureTable } from './architecture-table';
import type { NewJobFields } from './new-job-values';
import { VersionPicker } from './version-picker';

/** Chooses what the training starts from: random weights of an architecture, or a version of a model. */
export function BasePicker(props: { architectures: Architecture[]; form: NewJobFields }) {
  const { architectures, form } = props;
  const { startFrom } = form.values;
  const { error, ...chosen } = form.getInputProps(startFrom);
  return (
    <Stack>
      <SegmentedControl
        aria-label="Start from"
        data={[
          { value: 'architecture', label: 'A new network' },
          { value: 'model', label: 'One of my models' },
        ]}
        style={{ alignSelf: 'flex-start' }}
        {...form.getInputProps('startFrom')}
      />
      {startFrom === 'architecture' ? (
        <ArchitectureTable
          architectures={architectures}
          value={form.values.architecture}
          onChange={chosen.onChange}
        />
      ) : (
        <VersionPicker value={form.values.model} onChange={chosen.onChange} />
      )}
      {error && <Input.Error role="alert">{error}</Input.Error>}
    </Stack>
  );
}

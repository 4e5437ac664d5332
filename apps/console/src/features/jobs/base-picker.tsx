'use client';

import { Input, SegmentedControl, Stack } from '@mantine/core';
import type { Architecture } from '@/api/types';
import { ArchitectureTable } from './architecture-table';
import { VersionPicker } from './version-picker';

/** What the training starts from: random weights of an architecture, or a version of a model. */
export type Base = { kind: 'architecture'; name: string } | { kind: 'model'; reference: string };

export function BasePicker(props: {
  architectures: Architecture[];
  value: Base;
  onChange: (base: Base) => void;
  error?: string;
}) {
  const { value, onChange, architectures } = props;
  const change = (kind: string) =>
    onChange(
      kind === 'model'
        ? { kind: 'model', reference: '' }
        : { kind: 'architecture', name: architectures[0]?.name ?? '' },
    );
  return (
    <Stack>
      <SegmentedControl
        aria-label="Start from"
        value={value.kind}
        onChange={change}
        data={[
          { value: 'architecture', label: 'A new network' },
          { value: 'model', label: 'One of my models' },
        ]}
        style={{ alignSelf: 'flex-start' }}
      />
      {value.kind === 'architecture' ? (
        <ArchitectureTable
          architectures={architectures}
          value={value.name}
          onChange={(name) => onChange({ kind: 'architecture', name })}
        />
      ) : (
        <VersionPicker
          value={value.reference}
          onChange={(reference) => onChange({ kind: 'model', reference })}
        />
      )}
      {props.error && <Input.Error role="alert">{props.error}</Input.Error>}
    </Stack>
  );
}

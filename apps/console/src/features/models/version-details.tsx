'use client';

import { Anchor, Button, Code, Group, List, Pill, Stack } from '@mantine/core';
import { IconDownload, IconFileText, IconSchool } from '@tabler/icons-react';
import Link from 'next/link';
import useSWR from 'swr';
import { apiPath, path, remove } from '@/api/client';
import type { ModelVersion, VersionReference } from '@/api/types';
import { ConfirmButton } from '@/ui/confirm-button';
import { Facts } from '@/ui/facts';
import { bytes, count, percent } from '@/ui/format';
import { Loaded } from '@/ui/loaded';
import { notifyDone } from '@/ui/notify';
import { Section } from '@/ui/section';
import { ConfusionMatrix } from './confusion-matrix';
import { Exports } from './exports';

export function VersionDetails(props: {
  version: VersionReference;
  onDeleted: () => Promise<unknown>;
}) {
  const { model, version } = props.version;
  const request = useSWR<ModelVersion>(path`/models/${model}/versions/${version}`);
  return (
    <Loaded request={request}>
      {(found) => <Details version={found} onDeleted={props.onDeleted} />}
    </Loaded>
  );
}

interface DetailsProps {
  version: ModelVersion;
  onDeleted: () => Promise<unknown>;
}

function Details({ version, onDeleted }: DetailsProps) {
  const { model, labels, metrics } = version;
  return (
    <>
      <Section
        title={`Version ${version.version}`}
        aside={
          <Group gap="xs">
            <DeleteVersion version={version} onDeleted={onDeleted} />
            <Button
              size="xs"
              variant="default"
              component={Link}
              href={path`/jobs/new?model=${`${model}:${version.version}`}`}
              leftSection={<IconSchool size={14} />}
            >
              Fine-tune further
            </Button>
            <Button
              size="xs"
              variant="default"
              component="a"
              href={apiPath(path`/models/${model}/versions/${version.version}/weights`)}
              download
              leftSection={<IconDownload size={14} />}
            >
              Download weights
            </Button>
            <Button
              size="xs"
              variant="default"
              component="a"
              href={apiPath(path`/models/${model}/versions/${version.version}/card`)}
              download={`${model}-${version.version}.md`}
              leftSection={<IconFileText size={14} />}
            >
              Model card
            </Button>
          </Group>
        }
      >
        <Stack>
          <Facts items={facts(version)} />
          {version.notes.length > 0 && (
            <List size="sm" aria-label="Notes">
              {version.notes.map((note) => (
                <List.Item key={note}>{note}</List.Item>
              ))}
            </List>
          )}
          <Group gap={6} aria-label="Labels" role="list">
            {labels.slice(0, 60).map((label) => (
              <Pill key={label} role="listitem">
                {label}
              </Pill>
            ))}
            {labels.length > 60 && <Pill>and {count(labels.length - 60)} more</Pill>}
          </Group>
        </Stack>
      </Section>
      {version.format === 'safetensors' && <Exports version={version} />}
      {metrics && <ConfusionMatrix model={model} version={version.version} />}
    </>
  );
}

function facts(version: ModelVersion) {
  const { parentVersion: parent, dataset, job, accuracy, preprocessing } = version;
  const share = (value: number | undefined) => (value === undefined ? undefined : percent(value));
  return [
    { label: 'Architecture', value: version.architecture },
    { label: 'Parameters', value: count(version.parameters) },
    { label: 'Image size', value: `${preprocessing.imageSize} px` },
    { label: 'Size', value: bytes(version.bytes) },
    { label: 'Top-1 measured here', value: share(accuracy.measured) },
    { label: 'Top-1 by its publisher', value: share(accuracy.publisher) },
    { label: 'Top-1 in the paper', value: share(accuracy.paper) },
    {
      label: 'Made from',
      value: parent && (
        <Anchor component={Link} href={path`/models/${parent.model}`}>
          {parent.model}:{parent.version}
        </Anchor>
      ),
    },
    {
      label: 'Dataset',
      value: dataset && (
        <Anchor component={Link} href={path`/datasets/${dataset.id}`}>
          {dataset.name}
        </Anchor>
      ),
    },
    {
      label: 'Job',
      value: job && (
        <Anchor component={Link} href={path`/jobs/${job}`}>
          See how it was made
        </Anchor>
      ),
    },
    { label: 'Intended use', value: version.intendedUse },
    { label: 'Licence', value: version.licence },
    { label: 'Source', value: version.source },
    {
      label: 'SHA-256',
      value: <Code title={version.sha256}>{version.sha256.slice(0, 16)}…</Code>,
    },
  ].filter(({ value }) => value !== null && value !== undefined);
}

function DeleteVersion({ version, onDeleted }: DetailsProps) {
  const confirm = async () => {
    await remove(path`/models/${version.model}/versions/${version.version}`);
    notifyDone(`Version ${version.version} was deleted.`);
    await onDeleted();
  };
  return (
    <ConfirmButton
      label="Delete version"
      title={`Delete version ${version.version} of ${version.model}?`}
      confirmLabel="Delete version"
      onConfirm={confirm}
      buttonProps={{ size: 'xs' }}
    >
      Its weights will be gone. Its number is not given out again.
    </ConfirmButton>
  );
}

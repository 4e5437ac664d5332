'use client';

import { Button, Group, List, Pill, Stack } from '@mantine/core';
import { IconDownload, IconFileText, IconSchool } from '@tabler/icons-react';
import Link from 'next/link';
import { apiHref, client } from '@/api/client';
import type { ModelVersion, VersionReference } from '@/api/types';
import { useApi } from '@/api/use-api';
import { ConfirmButton } from '@/ui/confirm-button';
import { Facts } from '@/ui/facts';
import { count } from '@/ui/format';
import { Loaded } from '@/ui/loaded';
import { notifyDone } from '@/ui/notify';
import { path } from '@/ui/path';
import { Section } from '@/ui/section';
import { ConfusionMatrix } from './confusion-matrix';
import { Exports } from './exports';
import { versionFacts } from './version-facts';

export function VersionDetails(props: {
  version: VersionReference;
  onDeleted: () => Promise<unknown>;
}) {
  const { model, version } = props.version;
  const request = useApi('/models/{name}/versions/{version}', {
    path: { name: model, version: String(version) },
  });
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
        aside={<VersionActions version={version} onDeleted={onDeleted} />}
      >
        <Stack>
          <Facts items={versionFacts(version)} />
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

function VersionActions({ version, onDeleted }: DetailsProps) {
  const { model } = version;
  const address = { path: { name: model, version: String(version.version) } };
  return (
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
        href={apiHref('/models/{name}/versions/{version}/weights', address)}
        download
        leftSection={<IconDownload size={14} />}
      >
        Download weights
      </Button>
      <Button
        size="xs"
        variant="default"
        component="a"
        href={apiHref('/models/{name}/versions/{version}/card', address)}
        download={`${model}-${version.version}.md`}
        leftSection={<IconFileText size={14} />}
      >
        Model card
      </Button>
    </Group>
  );
}

function DeleteVersion({ version, onDeleted }: DetailsProps) {
  const confirm = async () => {
    const address = { name: version.model, version: String(version.version) };
    await client.DELETE('/models/{name}/versions/{version}', { params: { path: address } });
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
      Its weights will be deleted. Its number is not used again.
    </ConfirmButton>
  );
}

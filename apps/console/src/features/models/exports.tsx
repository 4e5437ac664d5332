'use client';

import { Button, Code, Menu, Table, Text } from '@mantine/core';
import { IconDownload, IconPackageExport } from '@tabler/icons-react';
import { apiHref, client } from '@/api/client';
import type { Artifact, CreateExport, ModelVersion } from '@/api/types';
import { usePages } from '@/api/use-pages';
import { useStartJob } from '@/features/jobs/use-start-job';
import { Ago } from '@/ui/ago';
import { ConfirmButton } from '@/ui/confirm-button';
import { actions, DataTable, numeric } from '@/ui/data-table';
import { bytes } from '@/ui/format';
import { ItemList } from '@/ui/list-page';
import { notifyError } from '@/ui/notify';
import { Section } from '@/ui/section';

const kinds: (Pick<CreateExport, 'format' | 'precision'> & { label: string })[] = [
  { label: 'ONNX', format: 'onnx', precision: 'fp32' },
  { label: 'ONNX, half precision', format: 'onnx', precision: 'fp16' },
  { label: 'TensorFlow.js, for browsers', format: 'tfjs', precision: 'fp32' },
  { label: 'TensorFlow.js, half precision', format: 'tfjs', precision: 'fp16' },
  { label: 'safetensors, with timm’s names', format: 'safetensors', precision: 'fp32' },
];
const columns = [
  'Format',
  numeric('Size'),
  'Largest difference between logits',
  'Created',
  actions,
];

/** Lists a version's exports, each of which was compared with it. */
export function Exports(props: { version: ModelVersion }) {
  const { model: name, version: number } = props.version;
  const version = { name, version: String(number) };
  const list = usePages('/models/{name}/versions/{version}/artifacts', {
    path: version,
  });
  return (
    <Section
      title="Exports"
      description="For other programs; each was run and compared with this version before it was listed."
      aside={<ExportMenu reference={`${name}:${number}`} />}
    >
      <ItemList list={list} empty={<Text c="dimmed">No exports yet.</Text>}>
        {(artifacts) => (
          <DataTable label="Exports" columns={columns} minWidth={640}>
            {artifacts.map((artifact) => (
              <Row
                key={artifact.id}
                artifact={artifact}
                address={{ ...version, id: artifact.id }}
                onDeleted={list.mutate}
              />
            ))}
          </DataTable>
        )}
      </ItemList>
    </Section>
  );
}

const route = '/models/{name}/versions/{version}/artifacts/{id}';

function Row(props: {
  artifact: Artifact;
  address: { name: string; version: string; id: string };
  onDeleted: () => Promise<unknown>;
}) {
  const { address, onDeleted } = props;
  const { format, precision, fileName, verification, createdAt, ...rest } = props.artifact;
  const remove = async () => {
    await client.DELETE(route, { params: { path: address } });
    await onDeleted();
  };
  return (
    <Table.Tr>
      <Table.Td>
        {format}, {precision}
      </Table.Td>
      <Table.Td ta="right">{bytes(rest.bytes)}</Table.Td>
      <Table.Td>
        <Code>{verification.maxDifference.toExponential(1)}</Code>{' '}
        <Text span fz="xs" c="dimmed">
          in {verification.runtime}, {verification.images} images
        </Text>
      </Table.Td>
      <Table.Td>
        <Ago time={createdAt} />
      </Table.Td>
      <Table.Td ta="right">
        <Button
          size="compact-sm"
          variant="light"
          component="a"
          href={apiHref(route, { path: address })}
          download
          leftSection={<IconDownload size={14} />}
          aria-label={`Download ${fileName}`}
        >
          Download
        </Button>{' '}
        <ConfirmButton
          label="Delete"
          title={`Delete ${fileName}?`}
          confirmLabel="Delete export"
          onConfirm={remove}
          buttonProps={{ size: 'compact-sm', 'aria-label': `Delete ${fileName}` }}
        >
          The file will be deleted. The version is kept, and can be exported again.
        </ConfirmButton>
      </Table.Td>
    </Table.Tr>
  );
}

function ExportMenu({ reference }: { reference: string }) {
  const startJob = useStartJob();
  return (
    <Menu>
      <Menu.Target>
        <Button size="xs" variant="default" leftSection={<IconPackageExport size={14} />}>
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {kinds.map(({ label, format, precision }) => (
          <Menu.Item
            key={label}
            onClick={() => {
              startJob({ type: 'export', model: reference, format, precision }).catch(notifyError);
            }}
          >
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

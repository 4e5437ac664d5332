'use client';

import { ActionIcon, Button, Code, Menu, Table, Text } from '@mantine/core';
import { IconDownload, IconPackageExport, IconTrash } from '@tabler/icons-react';
import { useRouter } from 'next/navigation';
import { apiPath, path, post, remove } from '@/api/client';
import type { Artifact, Job, ModelVersion } from '@/api/types';
import { usePages } from '@/api/use-pages';
import { Ago } from '@/ui/ago';
import { bytes } from '@/ui/format';
import { LoadMore } from '@/ui/load-more';
import { Loaded } from '@/ui/loaded';
import { notifyError } from '@/ui/notify';
import { Section } from '@/ui/section';

const kinds = [
  { label: 'ONNX', format: 'onnx', precision: 'fp32' },
  { label: 'ONNX, half precision', format: 'onnx', precision: 'fp16' },
  { label: 'TensorFlow.js, for browsers', format: 'tfjs', precision: 'fp32' },
  { label: 'TensorFlow.js, half precision', format: 'tfjs', precision: 'fp16' },
  { label: 'safetensors, in timm’s names', format: 'safetensors', precision: 'fp32' },
];

/** A version in other formats, each checked against it before it is offered. */
export function Exports({ version: { model, version } }: { version: ModelVersion }) {
  const artifacts = path`/models/${model}/versions/${version}/artifacts`;
  const request = usePages<Artifact>(artifacts);
  const drop = async (id: string) => {
    await remove(artifacts + path`/${id}`).catch(notifyError);
    await request.mutate();
  };
  return (
    <Section
      title="Exports"
      description="For other programs; each was run and compared with this version before it stood here."
      aside={<ExportMenu reference={`${model}:${version}`} />}
    >
      <Loaded request={request}>
        {(found) =>
          found.length === 0 ? (
            <Text c="dimmed">None yet.</Text>
          ) : (
            <Table.ScrollContainer type="native" minWidth={640}>
              <Table aria-label="Exports">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Format</Table.Th>
                    <Table.Th ta="right">Size</Table.Th>
                    <Table.Th>Largest difference of a logit</Table.Th>
                    <Table.Th>Made</Table.Th>
                    <Table.Th aria-label="Actions" />
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {found.map((artifact) => (
                    <Row
                      key={artifact.id}
                      artifact={artifact}
                      href={apiPath(artifacts + path`/${artifact.id}`)}
                      onDelete={() => void drop(artifact.id)}
                    />
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          )
        }
      </Loaded>
      <LoadMore {...request} />
    </Section>
  );
}

function Row(props: { artifact: Artifact; href: string; onDelete: () => void }) {
  const { format, precision, fileName, verification, createdAt, ...rest } = props.artifact;
  return (
    <Table.Tr>
      <Table.Td>
        {format}, {precision}
      </Table.Td>
      <Table.Td ta="right">{bytes(rest.bytes)}</Table.Td>
      <Table.Td>
        <Code>{verification.maxDifference.toExponential(1)}</Code>{' '}
        <Text span fz="xs" c="dimmed">
          by {verification.runtime}, {verification.pictures} pictures
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
          href={props.href}
          download
          leftSection={<IconDownload size={14} />}
          aria-label={`Download ${fileName}`}
        >
          Download
        </Button>{' '}
        <ActionIcon
          variant="subtle"
          color="red"
          onClick={props.onDelete}
          aria-label={`Delete ${fileName}`}
        >
          <IconTrash size={16} />
        </ActionIcon>
      </Table.Td>
    </Table.Tr>
  );
}

function ExportMenu({ reference }: { reference: string }) {
  const router = useRouter();
  const start = async ({ format, precision }: (typeof kinds)[number]) => {
    const request = { type: 'export', model: reference, format, precision };
    try {
      const job = await post<Job>('/jobs', request);
      router.push(path`/jobs/${job.id}`);
    } catch (reason) {
      notifyError(reason);
    }
  };
  return (
    <Menu>
      <Menu.Target>
        <Button size="xs" variant="default" leftSection={<IconPackageExport size={14} />}>
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {kinds.map((kind) => (
          <Menu.Item key={kind.label} onClick={() => void start(kind)}>
            {kind.label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

import { Anchor, Button, Table, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { Fragment } from 'react';
import type { Checkpoint } from '@/api/types';
import { modelName } from '@/features/jobs/model-name';
import { ErrorPanel } from '@/ui/error-panel';
import { count, magnitude, percent } from '@/ui/format';
import { groupCheckpoints } from './group-checkpoints';
import { useImport } from './use-import';

const columns = 8;
const unbroken = { whiteSpace: 'nowrap' } as const;

/** A row a checkpoint, under a heading for each family and publisher. */
export function CheckpointTable({ checkpoints }: { checkpoints: Checkpoint[] }) {
  const groups = groupCheckpoints(checkpoints);
  if (groups.length === 0) return <Text c="dimmed">None is called so.</Text>;
  return (
    <Table.ScrollContainer type="native" minWidth={900}>
      <Table
        highlightOnHover
        fz="sm"
        verticalSpacing={6}
        horizontalSpacing="xs"
        aria-label="Checkpoints"
      >
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Weights</Table.Th>
            <Table.Th ta="right">Classes</Table.Th>
            <Table.Th ta="right">Parameters</Table.Th>
            <Table.Th ta="right">Image size</Table.Th>
            <Table.Th ta="right">Top-1, paper</Table.Th>
            <Table.Th ta="right">Top-1, publisher</Table.Th>
            <Table.Th>Licence</Table.Th>
            <Table.Th aria-label="Actions" />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {groups.map(({ title, members }) => (
            <Fragment key={title}>
              <Table.Tr>
                <Table.Th colSpan={columns} scope="colgroup">
                  {title}
                </Table.Th>
              </Table.Tr>
              {members.map((checkpoint) => (
                <Row key={checkpoint.name} checkpoint={checkpoint} />
              ))}
            </Fragment>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Row({ checkpoint }: { checkpoint: Checkpoint }) {
  const { name, classes, parameters, preprocessing, accuracy, licence, pretraining } = checkpoint;
  const { start, busy, error } = useImport();
  const share = (value: number | undefined) => (value === undefined ? '–' : percent(value));
  const importIt = () => start(modelName(name), { checkpoint: name });
  return (
    <Table.Tr>
      <Table.Td w="30%" style={{ overflowWrap: 'anywhere' }}>
        <Anchor href={addressOf(checkpoint)} target="_blank" rel="noreferrer" fz="sm" fw={600}>
          {name}
        </Anchor>
        <Text fz="xs" c="dimmed">
          {checkpoint.title}
          {pretraining !== 'none' && `, pretrained on ${pretraining}`}
        </Text>
      </Table.Td>
      <Table.Td ta="right">{count(classes)}</Table.Td>
      <Table.Td ta="right" style={unbroken}>
        {magnitude(parameters)}
      </Table.Td>
      <Table.Td ta="right" style={unbroken}>
        {preprocessing.imageSize} px
      </Table.Td>
      <Table.Td ta="right" style={unbroken}>
        {share(accuracy.paper)}
      </Table.Td>
      <Table.Td ta="right" style={unbroken}>
        {share(accuracy.publisher)}
      </Table.Td>
      <Table.Td style={unbroken}>{licence}</Table.Td>
      <Table.Td ta="right">
        {error !== undefined && <ErrorPanel error={error} />}
        {checkpoint.labels ? (
          <Button
            size="compact-sm"
            variant="light"
            loading={busy}
            onClick={() => void importIt()}
            leftSection={<IconDownload size={14} />}
            aria-label={`Import ${name}`}
          >
            Import
          </Button>
        ) : (
          <Text fz="xs" c="dimmed">
            needs labels: by the form above
          </Text>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

function addressOf({ location }: Checkpoint): string {
  return 'hub' in location ? `https://huggingface.co/${location.hub}` : location.url;
}

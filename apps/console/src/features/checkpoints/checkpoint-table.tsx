import { Anchor, Button, Table, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { Fragment, useState } from 'react';
import type { Checkpoint } from '@/api/types';
import { modelName } from '@/features/jobs/model-name';
import { actions, DataTable, numeric } from '@/ui/data-table';
import { ErrorPanel } from '@/ui/error-panel';
import { count, magnitude, percent } from '@/ui/format';
import { groupCheckpoints } from './group-checkpoints';
import { useImport } from './use-import';

const columns = [
  'Weights',
  numeric('Classes'),
  numeric('Parameters'),
  numeric('Image size'),
  numeric('Top-1, paper'),
  numeric('Top-1, publisher'),
  'Licence',
  actions,
];
const unbroken = { whiteSpace: 'nowrap' } as const;

/** One row per checkpoint, under a heading for each family and publisher. */
export function CheckpointTable({ checkpoints }: { checkpoints: Checkpoint[] }) {
  const groups = groupCheckpoints(checkpoints);
  if (groups.length === 0) return <Text c="dimmed">No checkpoint matches.</Text>;
  return (
    <DataTable
      label="Checkpoints"
      columns={columns}
      minWidth={900}
      fz="sm"
      verticalSpacing={6}
      horizontalSpacing="xs"
    >
      {groups.map(({ title, members }) => (
        <Fragment key={title}>
          <Table.Tr>
            <Table.Th colSpan={columns.length} scope="colgroup">
              {title}
            </Table.Th>
          </Table.Tr>
          {members.map((checkpoint) => (
            <Row key={checkpoint.name} checkpoint={checkpoint} />
          ))}
        </Fragment>
      ))}
    </DataTable>
  );
}

function Row({ checkpoint }: { checkpoint: Checkpoint }) {
  const { name, classes, parameters, preprocessing, accuracy, licence, pretraining } = checkpoint;
  const startImport = useImport();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const share = (value: number | undefined) => (value === undefined ? '–' : percent(value));
  const importIt = () => {
    setBusy(true);
    setError(undefined);
    startImport(modelName(name), { checkpoint: name }).catch((reason: unknown) => {
      setError(reason);
      setBusy(false);
    });
  };
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
            onClick={importIt}
            leftSection={<IconDownload size={14} />}
            aria-label={`Import ${name}`}
          >
            Import
          </Button>
        ) : (
          <Text fz="xs" c="dimmed">
            needs labels: use the form above
          </Text>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

function addressOf({ location }: Checkpoint): string {
  return 'hub' in location ? `https://huggingface.co/${location.hub}` : location.url;
}

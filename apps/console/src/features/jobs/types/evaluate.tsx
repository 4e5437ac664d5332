import { Grid, Paper, Stack, Table, Title } from '@mantine/core';
import { maxClasses, Mistakes } from '@/features/models/confusion-matrix';
import { HeatMap } from '@/features/models/heat-map';
import { DataTable, numeric } from '@/ui/data-table';
import { Facts } from '@/ui/facts';
import { count, decimal, duration, percent } from '@/ui/format';
import { Section } from '@/ui/section';
import { OpenModel } from './open-model';
import type { JobOf, TypeView } from './type-view';

type Result = NonNullable<JobOf<'evaluate'>['result']>;

const shownPairs = 8;

const splitNames: Record<JobOf<'evaluate'>['split'], string> = {
  test: 'its test split',
  valid: 'its validation split',
  train: 'its training split',
  'held-out': 'the images held out of its training',
  all: 'all images',
};

export const evaluateView: TypeView<'evaluate'> = {
  subject: ({ version, dataset, split }) =>
    `version ${version.version} on ${dataset.name}, ${splitNames[split]}`,
  Result: ({ job, result }) => (
    <Stack gap="lg">
      <Paper component="section" aria-label="Result">
        <Title order={2} fz="lg" mb="md">
          {percent(result.top1)} of the images classified correctly
        </Title>
        <Facts
          items={[
            { label: 'Top-1', value: percent(result.top1) },
            { label: 'Top-5', value: percent(result.top5) },
            { label: 'Loss', value: decimal(result.loss) },
            { label: 'Images', value: count(result.images) },
            { label: 'Skipped', value: count(result.skipped) },
            { label: 'Time', value: duration(result.seconds) },
          ]}
        />
      </Paper>
      <Confusion {...result} />
      <Classes rows={result.classes} />
      <OpenModel model={job.version.model} />
    </Stack>
  ),
};

function Confusion({ classes, confusion }: Result) {
  const rows = new Map(classes.map((row, place) => [row.class, { ...row, place }]));
  const counts = classes.map(() => classes.map(() => 0));
  for (const { actual, predicted, count: times } of confusion) {
    const [from, to] = [rows.get(actual), rows.get(predicted)];
    if (from && to) counts[from.place]![to.place] = times;
  }
  const pairs = confusion.flatMap((pair) => {
    const [actual, predicted] = [rows.get(pair.actual), rows.get(pair.predicted)];
    if (!actual || !predicted || actual === predicted) return [];
    const labels = { actualLabel: actual.label, predictedLabel: predicted.label };
    return { ...pair, ...labels, share: pair.count / actual.images };
  });
  const readable = classes.length <= maxClasses;
  const labels = classes.map(({ label }) => label);
  return (
    <Section
      title="Confusion matrix"
      description="Each row is a true class, each column a predicted one."
    >
      <Grid gap="xl">
        {readable && (
          <Grid.Col span={{ base: 12, md: 8 }}>
            <HeatMap matrix={{ classes: classes.map((row) => row.class), labels, counts }} />
          </Grid.Col>
        )}
        <Grid.Col span={{ base: 12, md: readable ? 4 : 12 }}>
          <Mistakes pairs={pairs.slice(0, shownPairs)} />
        </Grid.Col>
      </Grid>
    </Section>
  );
}

function Classes({ rows }: { rows: Result['classes'] }) {
  const share = (value: number | null) => (value === null ? '–' : percent(value));
  return (
    <Section title="Classes">
      <DataTable
        label="Classes"
        columns={['Class', numeric('Images'), numeric('Recall'), numeric('Precision')]}
        minWidth={480}
        maxHeight={480}
        stickyHeader
      >
        {rows.map((row) => (
          <Table.Tr key={row.class}>
            <Table.Td>{row.label}</Table.Td>
            <Table.Td ta="right">{count(row.images)}</Table.Td>
            <Table.Td ta="right">{share(row.recall)}</Table.Td>
            <Table.Td ta="right">{share(row.precision)}</Table.Td>
          </Table.Tr>
        ))}
      </DataTable>
    </Section>
  );
}

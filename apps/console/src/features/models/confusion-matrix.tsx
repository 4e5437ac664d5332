'use client';

import { Grid, List, Table, Text, Title } from '@mantine/core';
import type { ModelConfusion, VersionReference } from '@/api/types';
import { useApi } from '@/api/use-api';
import { DataTable, numeric } from '@/ui/data-table';
import { count, percent, plural } from '@/ui/format';
import { Section } from '@/ui/section';
import { confusedClasses } from './confusion';
import { HeatMap } from './heat-map';

/** Maximum number of classes in a readable matrix. */
export const maxClasses = 40;
const shownPairs = 8;

const route = '/models/{name}/versions/{version}/confusion';

/** Shows how often each true class (row) was predicted as each class (column); empty if no image was counted. */
export function ConfusionMatrix({ model, version }: VersionReference) {
  const address = { name: model, version: String(version) };
  const query = { limit: shownPairs };
  const { data: confusion } = useApi(route, { path: address, query });
  const large = confusion !== undefined && confusion.classes > maxClasses;
  const classes = confusedClasses(confusion?.pairs ?? []).join(',');
  const { data: window } = useApi(
    route,
    large && classes ? { path: address, query: { ...query, classes } } : null,
  );
  if (!confusion || confusion.images === 0) return null;
  const matrix = large ? window?.matrix : confusion.matrix;
  return (
    <Section
      title="Confusion matrix"
      description={
        large
          ? `The most often confused of ${count(confusion.classes)} classes, on the validation images: rows are true classes, columns predicted ones.`
          : 'On the validation images: rows are true classes, columns predicted ones.'
      }
    >
      <Grid gap="xl">
        {matrix && (
          <Grid.Col span={{ base: 12, md: 8 }}>
            <HeatMap matrix={matrix} />
          </Grid.Col>
        )}
        <Grid.Col span={{ base: 12, md: matrix ? 4 : 12 }}>
          <Mistakes pairs={confusion.pairs} />
        </Grid.Col>
        {large && (
          <Grid.Col span={12}>
            <LowestRecall rows={confusion.recall} />
          </Grid.Col>
        )}
      </Grid>
    </Section>
  );
}

export function Mistakes({ pairs }: { pairs: ModelConfusion['pairs'] }) {
  return (
    <>
      <Title order={3} fz="sm" mb="xs">
        Most often confused
      </Title>
      {pairs.length === 0 ? (
        <Text fz="sm">None: every image was classified correctly.</Text>
      ) : (
        <List fz="sm" spacing={6} type="ordered">
          {pairs.map(({ actual, actualLabel, predicted, predictedLabel, count: times, share }) => (
            <List.Item key={`${actual}-${predicted}`}>
              <strong>{actualLabel}</strong> predicted as <strong>{predictedLabel}</strong>
              <Text fz="xs" c="dimmed">
                {plural(times, 'time')}, {percent(share)} of its images
              </Text>
            </List.Item>
          ))}
        </List>
      )}
    </>
  );
}

function LowestRecall({ rows }: { rows: ModelConfusion['recall'] }) {
  return (
    <>
      <Title order={3} fz="sm" mb="xs">
        Lowest recall
      </Title>
      <DataTable
        label="Lowest recall"
        columns={['Class', numeric('Images'), numeric('Correct'), numeric('Recall')]}
        minWidth={400}
      >
        {rows.map((row) => (
          <Table.Tr key={row.class}>
            <Table.Td>{row.label}</Table.Td>
            <Table.Td ta="right">{count(row.images)}</Table.Td>
            <Table.Td ta="right">{count(row.correct)}</Table.Td>
            <Table.Td ta="right">{percent(row.recall)}</Table.Td>
          </Table.Tr>
        ))}
      </DataTable>
    </>
  );
}

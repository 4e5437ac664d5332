'use client';

import { Grid, List, Table, Text, Title } from '@mantine/core';
import type { CSSProperties } from 'react';
import useSWR from 'swr';
import { path } from '@/api/client';
import type { ModelConfusion, VersionReference } from '@/api/types';
import { count, percent } from '@/ui/format';
import { Section } from '@/ui/section';
import classes from './confusion-matrix.module.css';
import { confusedClasses, total } from './confusion';

/** Beyond this a table of every pair is no longer readable. */
const maxClasses = 40;
const shownPairs = 8;

type Matrix = NonNullable<ModelConfusion['matrix']>;

/** Which class a version takes for which: rows are the truth, columns the model's answer. Nothing where none were counted. */
export function ConfusionMatrix({ model, version }: VersionReference) {
  const address = path`/models/${model}/versions/${version}/confusion?limit=${shownPairs}`;
  const { data: confusion } = useSWR<ModelConfusion>(address);
  const { data: window } = useSWR<ModelConfusion>(
    confusion &&
      confusion.classes > maxClasses &&
      confusion.pairs.length > 0 &&
      address + path`&classes=${confusedClasses(confusion.pairs).join(',')}`,
  );
  if (!confusion || confusion.images === 0) return null;
  const large = confusion.classes > maxClasses;
  const matrix = large ? window?.matrix : confusion.matrix;
  return (
    <Section
      title="Confusion matrix"
      description={
        large
          ? `The most often mistaken of ${count(confusion.classes)} classes, on the validation pictures: each row is a true class, each column what the model said.`
          : 'Validation pictures: each row is a true class, each column what the model said.'
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

function Mistakes({ pairs }: { pairs: ModelConfusion['pairs'] }) {
  return (
    <>
      <Title order={3} fz="sm" mb="xs">
        Most often mistaken
      </Title>
      {pairs.length === 0 ? (
        <Text fz="sm">Nothing: every picture was named right.</Text>
      ) : (
        <List fz="sm" spacing={6} type="ordered">
          {pairs.map(({ actual, actualLabel, predicted, predictedLabel, count: times, share }) => (
            <List.Item key={`${actual}-${predicted}`}>
              <strong>{actualLabel}</strong> taken for <strong>{predictedLabel}</strong>
              <Text fz="xs" c="dimmed">
                {count(times)} times, {percent(share)} of its pictures
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
        Least often named right
      </Title>
      <Table.ScrollContainer type="native" minWidth={400}>
        <Table aria-label="Least often named right">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Class</Table.Th>
              <Table.Th ta="right">Pictures</Table.Th>
              <Table.Th ta="right">Named right</Table.Th>
              <Table.Th ta="right">Recall</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row) => (
              <Table.Tr key={row.class}>
                <Table.Td>{row.label}</Table.Td>
                <Table.Td ta="right">{count(row.images)}</Table.Td>
                <Table.Td ta="right">{count(row.correct)}</Table.Td>
                <Table.Td ta="right">{percent(row.recall)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </>
  );
}

function HeatMap({ matrix: { labels, counts } }: { matrix: Matrix }) {
  return (
    <div className={classes.scroll} tabIndex={0} role="group" aria-label="Confusion matrix table">
      <table className={classes.matrix} aria-label="Confusion matrix">
        <thead>
          <tr>
            <th scope="col" className={classes.corner}>
              true ↓ said →
            </th>
            {labels.map((label) => (
              <th key={label} scope="col" className={classes.column}>
                <span>{label}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {counts.map((row, truth) => (
            <tr key={labels[truth]}>
              <th scope="row" className={classes.row}>
                {labels[truth]}
              </th>
              {row.map((cell, predicted) => (
                <td
                  key={predicted}
                  title={`${labels[truth]} taken for ${labels[predicted]}: ${cell}`}
                  data-right={truth === predicted || undefined}
                  data-strong={cell / total(row) > 0.5 || undefined}
                  style={{ '--share': cell / (total(row) || 1) } as CSSProperties}
                >
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

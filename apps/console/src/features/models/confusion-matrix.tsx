import { Grid, List, Text, Title } from '@mantine/core';
import type { CSSProperties } from 'react';
import { count, percent } from '@/ui/format';
import { Section } from '@/ui/section';
import classes from './confusion-matrix.module.css';
import { mostConfused, rowTotal } from './confusion';

/** Beyond this a table of every pair is no longer readable. */
const maxClasses = 40;

/** Which class was taken for which: rows are the truth, columns the model's answer. */
export function ConfusionMatrix({
  labels,
  confusion,
}: {
  labels: string[];
  confusion: number[][];
}) {
  const worst = mostConfused(confusion, 8);
  const drawable = labels.length <= maxClasses;
  return (
    <Section
      title="Confusion matrix"
      description="Validation pictures: each row is a true class, each column what the model said."
    >
      <Grid gap="xl">
        {drawable && (
          <Grid.Col span={{ base: 12, md: 8 }}>
            <Matrix labels={labels} confusion={confusion} />
          </Grid.Col>
        )}
        <Grid.Col span={{ base: 12, md: drawable ? 4 : 12 }}>
          <Title order={3} fz="sm" mb="xs">
            Most often mistaken
          </Title>
          {worst.length === 0 ? (
            <Text fz="sm">Nothing: every picture was named right.</Text>
          ) : (
            <List fz="sm" spacing={6} type="ordered">
              {worst.map(({ truth, predicted, count: times, share }) => (
                <List.Item key={`${truth}-${predicted}`}>
                  <strong>{labels[truth]}</strong> taken for <strong>{labels[predicted]}</strong>
                  <Text fz="xs" c="dimmed">
                    {count(times)} times, {percent(share)} of its pictures
                  </Text>
                </List.Item>
              ))}
            </List>
          )}
        </Grid.Col>
      </Grid>
    </Section>
  );
}

function Matrix({ labels, confusion }: { labels: string[]; confusion: number[][] }) {
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
          {confusion.map((row, truth) => (
            <tr key={labels[truth]}>
              <th scope="row" className={classes.row}>
                {labels[truth]}
              </th>
              {row.map((cell, predicted) => (
                <td
                  key={predicted}
                  title={`${labels[truth]} taken for ${labels[predicted]}: ${cell}`}
                  data-right={truth === predicted || undefined}
                  data-strong={cell / rowTotal(row) > 0.5 || undefined}
                  style={{ '--share': cell / (rowTotal(row) || 1) } as CSSProperties}
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

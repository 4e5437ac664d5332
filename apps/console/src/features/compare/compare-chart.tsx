'use client';

import { ScatterChart } from '@mantine/charts';
import { Center, Paper, SegmentedControl, Text } from '@mantine/core';
import { useState } from 'react';
import { magnitude, milliseconds, percent } from '@/ui/format';
import { Section } from '@/ui/section';
import { type AccuracyOrigin, accuracyOrigins, type CompareRow } from './compare-rows';

const height = 340;
/** Margin above and below the points, in accuracy, for the legend and for a single point. */
const margin = 0.02;

/** Choices for the horizontal axis. */
const speeds = {
  latency: {
    label: 'Latency',
    axis: 'Median latency of the smallest batch; lower is better',
    of: ({ single }: CompareRow) => single.latency.p50,
    format: milliseconds,
  },
  throughput: {
    label: 'Throughput',
    axis: 'Images per second at the fastest batch size; higher is better',
    of: ({ fastest }: CompareRow) => fastest.throughput,
    format: (value: number) => `${magnitude(value)}/s`,
  },
} as const;
type Speed = keyof typeof speeds;

const originLabels: Record<AccuracyOrigin, { name: string; color: string }> = {
  measured: { name: 'Measured here', color: 'pine.6' },
  publisher: { name: 'Stated by the publisher', color: 'blue.5' },
  paper: { name: 'Stated by the paper', color: 'orange.6' },
};

interface Point {
  speed: number;
  accuracy: number;
  row: number;
}

export function CompareChart({ rows, machine }: { rows: CompareRow[]; machine: string }) {
  const [speed, setSpeed] = useState<Speed>('latency');
  const { axis, of, format } = speeds[speed];
  const series = accuracyOrigins.flatMap((origin) => {
    const data = rows.flatMap((row, index) =>
      row.top1?.origin === origin ? [{ speed: of(row), accuracy: row.top1.value, row: index }] : [],
    );
    return data.length > 0 ? [{ ...originLabels[origin], data }] : [];
  });
  return (
    <Section
      title="Accuracy against speed"
      description={`Top-1 of each version on ${machine}.`}
      aside={
        <SegmentedControl
          size="xs"
          value={speed}
          onChange={(value) => setSpeed(value as Speed)}
          data={Object.entries(speeds).map(([value, { label }]) => ({ value, label }))}
          aria-label="Speed"
        />
      }
    >
      {series.length === 0 ? (
        <Center h={height}>
          <Text c="dimmed">None of the measured versions has a known accuracy.</Text>
        </Center>
      ) : (
        <ScatterChart
          h={height}
          aria-label="Accuracy against speed"
          data={series}
          dataKey={{ x: 'speed', y: 'accuracy' }}
          xAxisLabel={axis}
          xAxisProps={{ domain: [0, 'auto'] }}
          yAxisProps={{
            domain: [(least: number) => least - margin, (most: number) => most + margin],
          }}
          valueFormatter={{ x: format, y: percent }}
          withLegend
          scatterProps={{ isAnimationActive: false }}
          scatterChartProps={{ margin: { top: 8, right: 24, bottom: 24, left: 0 } }}
          tooltipProps={{
            content: ({ payload }) => {
              const point = payload?.[0]?.payload as Point | undefined;
              const row = point && rows[point.row];
              return row ? <PointFacts row={row} speed={format(point.speed)} /> : null;
            },
          }}
        />
      )}
    </Section>
  );
}

function PointFacts({ row, speed }: { row: CompareRow; speed: string }) {
  return (
    <Paper p="xs" shadow="sm">
      <Text fz="sm" fw={600}>
        {row.name}
      </Text>
      <Text fz="xs" c="dimmed">
        {row.comparison.architecture}
      </Text>
      <Text fz="sm">
        {row.top1 && percent(row.top1.value)}, {speed}
      </Text>
    </Paper>
  );
}

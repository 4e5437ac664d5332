'use client';

import { LineChart } from '@mantine/charts';
import { Center, SimpleGrid, Text } from '@mantine/core';
import { decimal, percent } from '@/ui/format';
import { Section } from '@/ui/section';
import { isFinished, type JobProgress } from './job-progress';
import { accuracyPoints, lossCeiling, lossPoints } from './curve-points';

const height = 260;
const shared = {
  h: height,
  dataKey: 'epoch',
  curveType: 'linear',
  withLegend: true,
  strokeWidth: 2,
  lineProps: { isAnimationActive: false },
  lineChartProps: { margin: { top: 8, right: 12, bottom: 0, left: 0 } },
} as const;

export function LearningCurves({ progress }: { progress: JobProgress }) {
  const xAxisProps = {
    type: 'number',
    domain: [0, Math.max(1, progress.epochs)],
    allowDecimals: false,
    tickCount: Math.min(progress.epochs, 10) + 1,
  } as const;
  const losses = lossPoints(progress);
  if (losses.length === 0 && isFinished(progress.state)) return null;
  const accuracies = accuracyPoints(progress.history);
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
      <Section title="Loss" description="By epoch; lower is better.">
        {losses.length === 0 ? (
          <Waiting text="Appears after the first step." />
        ) : (
          <LineChart
            {...shared}
            aria-label="Loss by epoch"
            data={losses}
            xAxisProps={xAxisProps}
            yAxisProps={{
              domain: [0, lossCeiling(losses)],
              allowDataOverflow: true,
              tickFormatter: (loss: number) => loss.toFixed(1),
            }}
            valueFormatter={decimal}
            series={[
              { name: 'step', label: 'Training, each step', color: 'gray.5' },
              { name: 'train', label: 'Training', color: 'pine.6' },
              { name: 'validation', label: 'Validation', color: 'orange.6' },
            ]}
            dotProps={{ r: 3 }}
            lineProps={(series) => ({
              isAnimationActive: false,
              ...(series.name === 'step'
                ? { dot: false, activeDot: false, strokeWidth: 1, strokeOpacity: 0.6 }
                : {}),
            })}
            tooltipProps={{ labelFormatter: epochLabel }}
          />
        )}
      </Section>
      <Section title="Accuracy" description="On validation images, by epoch; higher is better.">
        {accuracies.length === 0 ? (
          <Waiting text="Appears after the first epoch." />
        ) : (
          <LineChart
            {...shared}
            aria-label="Accuracy by epoch"
            data={accuracies}
            xAxisProps={xAxisProps}
            yAxisProps={{ domain: [0, 1], tickFormatter: (share: number) => `${share * 100} %` }}
            valueFormatter={percent}
            series={[
              { name: 'top5', label: 'Top-5', color: 'blue.4' },
              { name: 'top1', label: 'Top-1', color: 'pine.6' },
            ]}
            dotProps={{ r: 3 }}
            tooltipProps={{ labelFormatter: epochLabel }}
          />
        )}
      </Section>
    </SimpleGrid>
  );
}

const epochLabel = (epoch: unknown) => `Epoch ${Number(epoch).toFixed(1).replace(/\.0$/, '')}`;

function Waiting({ text }: { text: string }) {
  return (
    <Center h={height}>
      <Text c="dimmed">{text}</Text>
    </Center>
  );
}

import { Center, Group, Loader, Progress, Stack, Text } from '@mantine/core';
import type { Prediction } from '@/api/types';
import { milliseconds, percent } from '@/ui/format';
import { Section } from '@/ui/section';

export function PredictionBars({ answer, busy }: { answer?: Prediction; busy: boolean }) {
  return (
    <Section title="Answer" fill>
      <div aria-live="polite">
        {answer ? (
          <Answer answer={answer} />
        ) : (
          <Center mih={260}>
            {busy ? (
              <Loader aria-label="Running the model" />
            ) : (
              <Text c="dimmed">Waiting for an image.</Text>
            )}
          </Center>
        )}
      </div>
    </Section>
  );
}

function Answer({ answer: { results, timings } }: { answer: Prediction }) {
  // The request has one image.
  const predictions = results[0]?.predictions ?? [];
  return (
    <Stack>
      <Stack
        component="ol"
        gap="sm"
        aria-label="Predictions"
        p={0}
        m={0}
        style={{ listStyle: 'none' }}
      >
        {predictions.map(({ label, probability }, rank) => (
          <li key={label}>
            <Group justify="space-between" mb={4} wrap="nowrap">
              <Text fw={rank === 0 ? 700 : 500} fz={rank === 0 ? 'lg' : 'sm'}>
                {label}
              </Text>
              <Text fw={rank === 0 ? 700 : 400} style={{ fontVariantNumeric: 'tabular-nums' }}>
                {percent(probability)}
              </Text>
            </Group>
            <Progress
              value={probability * 100}
              size={rank === 0 ? 'lg' : 'sm'}
              color={rank === 0 ? undefined : 'gray'}
              aria-label={`Probability of ${label}`}
            />
          </li>
        ))}
      </Stack>
      <Text fz="xs" c="dimmed">
        Decoding {milliseconds(timings.decode)} · waiting {milliseconds(timings.queue)} · inference{' '}
        {milliseconds(timings.inference)} · total {milliseconds(timings.total)}
      </Text>
    </Stack>
  );
}

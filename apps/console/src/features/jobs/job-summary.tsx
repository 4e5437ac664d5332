import { Button, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { IconPlayerPlay } from '@tabler/icons-react';
import type { ApiError } from '@/api/api-error';
import type { DatasetSummary } from '@/api/types';
import { ErrorPanel } from '@/ui/error-panel';
import { plural } from '@/ui/format';

export function JobSummary(props: {
  dataset?: DatasetSummary;
  base?: string;
  name: string;
  epochs: unknown;
  imageSize: unknown;
  busy: boolean;
  error?: ApiError;
}) {
  const { dataset } = props;
  const images = dataset
    ? `${plural(dataset.images, 'image')}, ${plural(dataset.classCount, 'class', 'classes')}`
    : undefined;
  const rows = [
    { label: 'Images', value: dataset?.name, hint: images },
    { label: 'Start from', value: props.base },
    { label: 'Model', value: props.name },
    { label: 'Epochs', value: props.epochs },
    { label: 'Image size', value: props.imageSize ? `${String(props.imageSize)} px` : undefined },
  ];
  const complete = dataset && props.base && props.name;
  return (
    <Paper pos="sticky" top={24} component="aside" aria-label="Summary">
      <Stack>
        <Title order={2} fz="md">
          Summary
        </Title>
        {rows.map(({ label, value, hint }) => (
          <Group key={label} justify="space-between" align="flex-start" gap="xs" wrap="nowrap">
            <Text fz="sm" c="dimmed">
              {label}
            </Text>
            <Text fz="sm" fw={600} ta="right" component="div" style={{ overflowWrap: 'anywhere' }}>
              {value ? String(value) : '–'}
              {hint && (
                <Text fz="xs" c="dimmed">
                  {hint}
                </Text>
              )}
            </Text>
          </Group>
        ))}
        {props.error && <ErrorPanel error={props.error} />}
        <Button
          type="submit"
          size="md"
          loading={props.busy}
          disabled={!complete}
          leftSection={<IconPlayerPlay size={18} />}
        >
          Start fine-tune
        </Button>
      </Stack>
    </Paper>
  );
}

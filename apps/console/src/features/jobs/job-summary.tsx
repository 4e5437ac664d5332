import { Button, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { IconPlayerPlay } from '@tabler/icons-react';
import { ApiError } from '@/api/api-error';
import type { DatasetSummary, Problem } from '@/api/types';
import { ErrorPanel } from '@/ui/error-panel';
import { plural } from '@/ui/format';

export function JobSummary(props: {
  dataset?: DatasetSummary;
  base: string;
  name: string;
  epochs: unknown;
  imageSize: unknown;
  busy: boolean;
  error?: ApiError;
  /** The problems that no field of the form shows. */
  unmarked: Problem[];
}) {
  const { dataset } = props;
  const pictures = dataset
    ? `${plural(dataset.pictures, 'picture')}, ${plural(dataset.classCount, 'class', 'classes')}`
    : undefined;
  const rows = [
    { label: 'Pictures', value: dataset?.name, hint: pictures },
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
        {props.error && <ErrorPanel error={withoutFieldProblems(props.error, props.unmarked)} />}
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

/** What the fields already say is not said twice. */
function withoutFieldProblems(error: ApiError, rest: Problem[]): ApiError {
  if (error.problems.length === 0) return error;
  const message = 'Some values will not do: they are marked in the form.';
  return new ApiError(error.status, error.code, message, rest, error.requestId);
}

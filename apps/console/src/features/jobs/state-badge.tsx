import { Badge } from '@mantine/core';
import type { JobState } from '@/api/types';

const looks: Record<JobState, { color: string; label: string }> = {
  queued: { color: 'gray', label: 'Queued' },
  running: { color: 'blue', label: 'Running' },
  succeeded: { color: 'green', label: 'Succeeded' },
  failed: { color: 'red', label: 'Failed' },
  cancelled: { color: 'gray', label: 'Cancelled' },
};

export function StateBadge({ state }: { state: JobState }) {
  const { color, label } = looks[state];
  return (
    <Badge color={color} variant="light" tt="none" fw={600} miw="max-content" data-state={state}>
      {label}
    </Badge>
  );
}

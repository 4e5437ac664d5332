import { Box, Group, Paper, Progress, Text } from '@mantine/core';
import type { FineTuneJob } from '@/api/types';
import { Facts } from '@/ui/facts';
import { count, duration, percent } from '@/ui/format';
import { isFinished, type JobProgress } from './job-progress';

const colors = {
  queued: 'gray',
  running: 'pine',
  succeeded: 'green',
  failed: 'red',
  cancelled: 'gray',
};

export function ProgressCard({ job, progress }: { job: FineTuneJob; progress: JobProgress }) {
  const { state, step, steps, history, epochs, imagesPerSecond, engine } = progress;
  const running = state === 'running';
  const figures = [
    { label: 'Epochs done', value: `${history.length} / ${epochs}` },
    { label: 'Step', value: steps > 0 ? `${count(step)} / ${count(steps)}` : '–' },
    { label: 'Images per second', value: imagesPerSecond === null ? '–' : count(imagesPerSecond) },
    { label: 'Engine', value: engine ?? '–' },
    ...(job.parent && job.head === 'new'
      ? [{ label: 'Head', value: 'Starts anew: the labels differ from the parent’s' }]
      : []),
  ];
  return (
    <Paper component="section" aria-label="Progress">
      <Group justify="space-between" mb={8}>
        <Text fw={650} fz={22}>
          {percent(progress.progress)}
        </Text>
        <Text c="dimmed" role="status">
          {headline(job, progress)}
        </Text>
      </Group>
      <Progress.Root size="xl">
        <Progress.Section
          value={progress.progress * 100}
          color={colors[state]}
          animated={running}
          aria-label="Progress of the fine-tune"
        />
      </Progress.Root>
      <Box mt="md">
        <Facts items={figures} />
      </Box>
    </Paper>
  );
}

function headline(job: FineTuneJob, { state, step, etaSeconds }: JobProgress): string {
  if (state === 'queued') return 'Waiting for a worker';
  if (state === 'running') {
    if (step === 0) return 'Preparing';
    return etaSeconds === null ? 'Running' : `${duration(etaSeconds)} left`;
  }
  if (!isFinished(state) || !job.startedAt || !job.finishedAt) return 'Ended';
  const seconds = (Date.parse(job.finishedAt) - Date.parse(job.startedAt)) / 1000;
  const verb = { succeeded: 'Done in', failed: 'Failed after', cancelled: 'Cancelled after' }[
    state
  ];
  return `${verb} ${duration(seconds)}`;
}

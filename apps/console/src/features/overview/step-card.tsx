import { Button, Group, Paper, Stack, Text, ThemeIcon, Title } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import Link from 'next/link';
import type { Step } from './steps';

const states = { todo: 'to do', next: 'next', active: 'in progress', done: 'done' };

export function StepCard({ number, step }: { number: number; step: Step }) {
  const { title, status, text, action } = step;
  const done = status === 'done';
  const urgent = status === 'next' || status === 'active';
  return (
    <Paper component="li" aria-label={`${title}, ${states[status]}`}>
      <Stack justify="space-between" h="100%">
        <div>
          <Group gap="sm" mb="xs">
            <ThemeIcon
              radius="xl"
              size={30}
              variant={done || urgent ? 'light' : 'default'}
              color={done ? 'green' : 'pine'}
              aria-hidden
            >
              {done ? <IconCheck size={17} /> : <Text fw={700}>{number}</Text>}
            </ThemeIcon>
            <Title order={2} fz="lg">
              {title}
            </Title>
          </Group>
          <Text c="dimmed" fz="sm">
            {text}
          </Text>
        </div>
        <Group>
          <Button component={Link} href={action.href} variant={urgent ? 'filled' : 'default'}>
            {action.label}
          </Button>
        </Group>
      </Stack>
    </Paper>
  );
}

import { Group, Paper, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';

/** A titled card. */
export function Section(props: {
  title: string;
  aside?: ReactNode;
  description?: ReactNode;
  children: ReactNode;
  /** Makes it as tall as its neighbour in a grid. */
  fill?: boolean;
}) {
  return (
    <Paper component="section" aria-label={props.title} h={props.fill ? '100%' : undefined}>
      <Group justify="space-between" mb="md" gap="xs">
        <div>
          <Title order={2} fz="md">
            {props.title}
          </Title>
          {props.description && (
            <Text fz="sm" c="dimmed">
              {props.description}
            </Text>
          )}
        </div>
        {props.aside}
      </Group>
      {props.children}
    </Paper>
  );
}

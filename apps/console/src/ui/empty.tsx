import { EmptyState, Paper } from '@mantine/core';
import type { ReactNode } from 'react';

/** Shows that a list is empty, and what to do about it. */
export function Empty(props: {
  icon: ReactNode;
  title: string;
  description: string;
  children?: ReactNode;
}) {
  return (
    <Paper py={48}>
      <EmptyState
        variant="light"
        icon={props.icon}
        title={props.title}
        description={props.description}
      >
        {props.children && <EmptyState.Actions>{props.children}</EmptyState.Actions>}
      </EmptyState>
    </Paper>
  );
}

import { Button, Group } from '@mantine/core';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { path } from '@/ui/path';

/** Buttons that lead to the job's model, next to further actions. */
export function OpenModel(props: { model: string; children?: ReactNode }) {
  return (
    <Group gap="sm">
      <Button variant="default" component={Link} href={path`/models/${props.model}`}>
        Open model
      </Button>
      {props.children}
    </Group>
  );
}

import { Button, Group } from '@mantine/core';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { path } from '@/ui/path';

/** Leads to the model that a job made something of, with what else can be done beside it. */
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

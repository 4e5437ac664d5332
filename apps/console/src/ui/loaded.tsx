'use client';

import { Skeleton, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { ErrorPanel } from './error-panel';

/** Shows a request's skeleton, its error with a retry, or its data; stale data stays during a refresh. */
export function Loaded<T>(props: {
  request: { data: T | undefined; error: unknown; mutate: () => Promise<unknown> };
  skeleton?: ReactNode;
  children: (data: T) => ReactNode;
}) {
  const { data, error, mutate } = props.request;
  if (data !== undefined) return props.children(data);
  if (error) return <ErrorPanel error={error} onRetry={() => void mutate()} />;
  return props.skeleton ?? <RowSkeletons />;
}

function RowSkeletons() {
  return (
    <Stack role="status" aria-label="Loading">
      {[0, 1, 2].map((row) => (
        <Skeleton key={row} height={64} />
      ))}
    </Stack>
  );
}

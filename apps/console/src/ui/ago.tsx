'use client';

import { Tooltip } from '@mantine/core';
import { useInterval } from '@mantine/hooks';
import { useState } from 'react';
import { ago, dateTime } from './format';

export function Ago({ time }: { time: string }) {
  const [now, setNow] = useState(() => Date.now());
  useInterval(() => setNow(Date.now()), 30_000, { autoInvoke: true });
  return (
    <Tooltip label={dateTime(time)}>
      <time dateTime={time} suppressHydrationWarning>
        {ago(time, now)}
      </time>
    </Tooltip>
  );
}

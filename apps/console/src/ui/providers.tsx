'use client';

import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import type { ReactNode } from 'react';
import { SWRConfig } from 'swr';
import type { ApiError } from '@/api/api-error';
import { theme } from './theme';

/** A request the API understood and refused will be refused again; only lost connections are worth a retry. */
const isWorthRetrying = (error: ApiError) => !(error.status >= 400 && error.status < 500);

export function Providers({ children }: { children: ReactNode }) {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <Notifications position="bottom-right" />
      <SWRConfig value={{ shouldRetryOnError: isWorthRetrying, errorRetryInterval: 3000 }}>
        {children}
      </SWRConfig>
    </MantineProvider>
  );
}

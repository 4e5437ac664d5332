import { Paper, SimpleGrid, Text } from '@mantine/core';
import type { ReactNode } from 'react';

/** A row of values, each below its name. */
export function Stats({
  items,
}: {
  items: { label: string; value: ReactNode; hint?: ReactNode }[];
}) {
  return (
    <SimpleGrid component="dl" cols={{ base: 2, sm: Math.min(items.length, 4) }} spacing="md" m={0}>
      {items.map(({ label, value, hint }) => (
        <Paper key={label} p="md">
          <Text component="dt" fz="xs" c="dimmed" fw={500}>
            {label}
          </Text>
          <Text
            component="dd"
            fz={20}
            fw={650}
            m={0}
            style={{ fontVariantNumeric: 'tabular-nums' }}
          >
            {value}
          </Text>
          {hint && (
            <Text component="dd" fz="xs" c="dimmed" m={0}>
              {hint}
            </Text>
          )}
        </Paper>
      ))}
    </SimpleGrid>
  );
}

import { Group, Text } from '@mantine/core';

/** A coat rack with one coat hung up. */
export function Logo() {
  return (
    <Group gap={10} wrap="nowrap">
      <svg width="28" height="28" viewBox="0 0 32 32" aria-hidden="true">
        <rect width="32" height="32" rx="8" fill="var(--mantine-color-pine-7)" />
        <g fill="none" stroke="#fff" strokeWidth="2.2" strokeLinecap="round" strokeLinejoin="round">
          <path d="M7 8.5h18M11 8.5v4M21 8.5v3" />
          <path d="M21 15.5c-3 1-4 3.5-4 9h8c0-5.5-1-8-4-9z" fill="#fff" fillOpacity=".3" />
        </g>
      </svg>
      <Text fw={700} fz="lg" style={{ letterSpacing: '-0.02em' }}>
        Coatrack
      </Text>
    </Group>
  );
}

import { Anchor, Box, Group, Text, Title } from '@mantine/core';
import { IconChevronLeft } from '@tabler/icons-react';
import Link from 'next/link';
import type { ReactNode } from 'react';

export function PageHeader(props: {
  title: ReactNode;
  description?: ReactNode;
  back?: { href: string; label: string };
  actions?: ReactNode;
}) {
  return (
    <Box mb="xl">
      {props.back && (
        <Anchor
          component={Link}
          href={props.back.href}
          fz="sm"
          c="dimmed"
          mb={4}
          display="inline-flex"
        >
          <IconChevronLeft size={16} aria-hidden style={{ marginTop: 3 }} /> {props.back.label}
        </Anchor>
      )}
      <Group justify="space-between" align="flex-start" gap="md">
        <Box style={{ flex: '1 1 320px', minWidth: 0 }}>
          <Title order={1} fz={26} style={{ letterSpacing: '-0.02em', overflowWrap: 'anywhere' }}>
            {props.title}
          </Title>
          {props.description && (
            <Text c="dimmed" mt={4} component="div">
              {props.description}
            </Text>
          )}
        </Box>
        {props.actions && <Group gap="sm">{props.actions}</Group>}
      </Group>
    </Box>
  );
}

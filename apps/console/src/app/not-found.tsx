'use client';

import { Anchor, Center, Stack, Text, Title } from '@mantine/core';
import Link from 'next/link';

export default function NotFound() {
  return (
    <Center mih="100dvh" component="main">
      <Stack align="center" gap="xs">
        <Title order={1}>No such page</Title>
        <Text c="dimmed">The address leads nowhere in this console.</Text>
        <Anchor component={Link} href="/">
          Go to the overview
        </Anchor>
      </Stack>
    </Center>
  );
}

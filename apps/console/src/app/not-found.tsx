'use client';

import { Anchor, Center, Stack, Text, Title } from '@mantine/core';
import Link from 'next/link';

export default function NotFound() {
  return (
    <Center mih="100dvh" component="main">
      <Stack align="center" gap="xs">
        <Title order={1}>Page not found</Title>
        <Text c="dimmed">The console has no page at this address.</Text>
        <Anchor component={Link} href="/">
          Go to the overview
        </Anchor>
      </Stack>
    </Center>
  );
}

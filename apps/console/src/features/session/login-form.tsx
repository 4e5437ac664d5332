'use client';

import {
  Alert,
  Button,
  Center,
  Code,
  Paper,
  PasswordInput,
  Stack,
  Text,
  Title,
} from '@mantine/core';
import { useEffect, useEffectEvent, useState, type FormEvent } from 'react';
import { toApiError } from '@/api/api-error';
import { Logo } from '@/ui/logo';
import { arrive, logIn } from './log-in';

export function LoginForm({ next, expired }: { next: string; expired: boolean }) {
  const [key, setKey] = useState('');
  const [busy, setBusy] = useState(true);
  const [error, setError] = useState<string>();

  const fail = (reason: unknown) => {
    setError(toApiError(reason).message);
    setBusy(false);
  };
  // A full load rather than a client navigation: every page then starts with the new cookie.
  const enter = () => location.replace(next);

  const onArrival = useEffectEvent(() => {
    arrive(expired).then((loggedIn) => (loggedIn ? enter() : setBusy(false)), fail);
  });
  useEffect(() => {
    onArrival();
    // Opening the printed address while this page is already open only changes the fragment.
    const arriveAgain = () => {
      setError(undefined);
      onArrival();
    };
    window.addEventListener('hashchange', arriveAgain);
    return () => window.removeEventListener('hashchange', arriveAgain);
  }, []);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    logIn(key).then(enter, fail);
  };

  return (
    <Center mih="100dvh" p="md" component="main">
      <Paper w="100%" maw={420} p="xl" shadow="sm">
        <form onSubmit={submit}>
          <Stack>
            <Logo />
            <div>
              <Title order={1} fz="xl">
                Log in
              </Title>
              <Text c="dimmed" fz="sm">
                Open the address that <Code>npm start</Code> printed, or paste a key. The first key
                is in the file <Code>admin-key</Code> in the data folder.
              </Text>
            </div>
            {expired && !error && (
              <Alert color="yellow" role="status">
                Your session has ended. Log in again.
              </Alert>
            )}
            <PasswordInput
              label="Key"
              value={key}
              onChange={(event) => setKey(event.currentTarget.value)}
              error={error}
              autoComplete="current-password"
              required
              withAsterisk={false}
              data-autofocus
            />
            <Button type="submit" loading={busy} fullWidth>
              Log in
            </Button>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}

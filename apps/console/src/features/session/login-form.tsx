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
import { ApiError, toApiError } from '@/api/api-error';
import { keepProof } from '@/api/session-proof';
import { Logo } from '@/ui/logo';

async function logIn(key: string): Promise<void> {
  const response = await fetch('/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ key }),
  });
  if (!response.ok) throw ApiError.from(response.status, await response.text());
  keepProof(((await response.json()) as { proof: string }).proof);
}

/** Takes a login link's token out of the address at once, so that it stays in no history or screenshot. */
function takeTokenFromFragment(): string | null {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token) history.replaceState(null, '', location.pathname + location.search);
  return token;
}

async function hasSession(): Promise<boolean> {
  const response = await fetch('/session');
  return response.ok && ((await response.json()) as { loggedIn: boolean }).loggedIn;
}

/** Whether the visitor came with a token in the address or a session in the cookie; then there is nothing to ask. */
async function arrive(expired: boolean): Promise<boolean> {
  const token = takeTokenFromFragment();
  if (token) {
    try {
      await logIn(token);
      return true;
    } catch (reason) {
      // A link that is over does no harm to a browser that is logged in.
      if (!(await hasSession())) throw reason;
    }
  }
  // The first visit by a link from elsewhere comes without the SameSite=Strict cookie.
  return !expired && (await hasSession());
}

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
    // The printed address, opened where this page is open already, changes its fragment alone.
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
                Open the address that <Code>npm start</Code> printed, or paste a key. The first one
                is in the file <Code>admin-key</Code> of the data folder.
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

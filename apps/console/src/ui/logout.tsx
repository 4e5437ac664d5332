'use client';

import { NavLink } from '@mantine/core';
import { IconLogout } from '@tabler/icons-react';
import { useState } from 'react';
import { ApiError, toApiError } from '@/api/api-error';
import { forgetProof } from '@/api/session-proof';
import { useApi } from '@/api/use-api';
import { notifyError } from './notify';

export function Logout({ className }: { className: string }) {
  const [busy, setBusy] = useState(false);
  const { data: me } = useApi('/me', {});
  const logOut = async () => {
    setBusy(true);
    const answer = await fetch('/session', { method: 'DELETE' }).catch(toApiError);
    if (answer instanceof Response && answer.ok) {
      forgetProof();
      location.assign('/login');
      return;
    }
    setBusy(false);
    notifyError(
      answer instanceof Response ? ApiError.from(answer.status, await answer.text()) : answer,
    );
  };
  return (
    <NavLink
      component="button"
      label="Log out"
      description={me && `Logged in with the key “${me.key.name}”`}
      disabled={busy}
      onClick={() => void logOut()}
      leftSection={<IconLogout size={18} stroke={1.7} aria-hidden />}
      className={className}
    />
  );
}

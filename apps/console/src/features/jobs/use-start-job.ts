import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { path, post } from '@/api/client';
import type { Job } from '@/api/types';

/** Asks for a job and goes to its page. */
export function useStartJob() {
  const router = useRouter();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const start = async (relative: string, request: object) => {
    setBusy(true);
    setError(undefined);
    try {
      const job = await post<Job>(relative, request);
      router.push(path`/jobs/${job.id}`);
    } catch (reason) {
      setError(reason);
      setBusy(false);
    }
  };
  return { start, busy, error };
}

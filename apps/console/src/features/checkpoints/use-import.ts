import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { path, post } from '@/api/client';
import type { Job } from '@/api/types';

/** Starts an import and goes to its job. */
export function useImport() {
  const router = useRouter();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const start = async (model: string, request: object) => {
    setBusy(true);
    setError(undefined);
    try {
      const job = await post<Job>(path`/models/${model}/versions`, request);
      router.push(path`/jobs/${job.id}`);
    } catch (reason) {
      setError(reason);
      setBusy(false);
    }
  };
  return { start, busy, error };
}

import { path } from '@/api/client';
import { useStartJob } from '@/features/jobs/use-start-job';

/** Starts an import and goes to its job. */
export function useImport() {
  const { start, busy, error } = useStartJob();
  const startImport = (model: string, request: object) =>
    start(path`/models/${model}/versions`, request);
  return { start: startImport, busy, error };
}

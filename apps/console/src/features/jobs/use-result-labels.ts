import useSWR from 'swr';
import { path } from '@/api/client';
import type { FineTuneJob, ModelVersion } from '@/api/types';

/** The labels that a finished job's confusion matrix counts by: those of the version it made. */
export function useResultLabels({ result }: FineTuneJob): string[] | undefined {
  const { data } = useSWR<ModelVersion>(
    result && path`/models/${result.model}/versions/${result.version}`,
  );
  return data?.labels;
}

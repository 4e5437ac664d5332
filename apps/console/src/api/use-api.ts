import useSWR, { type SWRConfiguration } from 'swr';
import { get, type Answer, type GetPath, type Params } from './client';

/**
 * Reads a path of the API and keeps its answer fresh.
 * @param params null to not read it yet
 */
export function useApi<P extends GetPath>(
  path: P,
  params: Params<P> | null,
  config?: SWRConfiguration<Answer<P>>,
) {
  return useSWR<Answer<P>>(params && [path, params], () => get(path, params!), config);
}

import { useCallback } from 'react';
import useSWR, { useSWRConfig } from 'swr';
import useSWRInfinite, { unstable_serialize } from 'swr/infinite';
import { get, type Answer, type GetPath, type Params } from './client';

interface Page<T> {
  items: T[];
  next: string | null;
}

/** Paths of lists that are paged with a cursor. */
type ListPath = {
  [P in GetPath]: Answer<P> extends Page<unknown> ? P : never;
}[GetPath];
type Item<P extends ListPath> = Answer<P>['items'][number];

/** Maximum number of items that the API returns at once. */
const largestPage = 200;

/** Reads one page; the path's types are erased here. */
const readPage = get as <T>(path: string, params: object) => Promise<Page<T>>;

const withQuery = (params: { query?: object }, query: object) => ({
  ...params,
  query: { ...params.query, ...query },
});

const pageKey =
  (path: ListPath, params: object) => (index: number, previous: Page<unknown> | null) => {
    if (index === 0) return [path, params] as const;
    return previous?.next ? ([path, withQuery(params, { cursor: previous.next })] as const) : null;
  };

/** The pages of a list that have been read. */
export interface Pages<T> {
  data: T[] | undefined;
  error: unknown;
  mutate: () => Promise<unknown>;
  more: boolean;
  loading: boolean;
  loadMore: () => void;
}

/**
 * Reads a list page by page.
 * @param refreshInterval returns the interval in ms for the items so far; 0 means no refresh
 */
export function usePages<P extends ListPath>(
  path: P,
  params: Params<P>,
  refreshInterval: (items: Item<P>[]) => number = () => 0,
): Pages<Item<P>> {
  const itemsOf = (pages: Page<Item<P>>[]) => pages.flatMap(({ items }) => items);
  const { data, error, mutate, size, setSize } = useSWRInfinite<Page<Item<P>>, unknown>(
    pageKey(path, params),
    ([, page]: [string, object]) => readPage<Item<P>>(path, page),
    { refreshInterval: (pages) => (pages ? refreshInterval(itemsOf(pages)) : 0) },
  );
  return {
    data: data && itemsOf(data),
    error,
    mutate,
    more: data?.at(-1)?.next != null,
    loading: data !== undefined && data.length < size,
    loadMore: () => void setSize(size + 1),
  };
}

/** Reads a whole list, for components that must offer every item. */
export function useAll<P extends ListPath>(path: P, params: Params<P> | null) {
  return useSWR<Item<P>[], unknown>(params && allKey(path, params), () =>
    readAll<Item<P>>(path, params!),
  );
}

const allKey = (path: ListPath, params: object) => ['all', path, params];

async function readAll<T>(path: string, params: object): Promise<T[]> {
  const items: T[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await readPage<T>(path, withQuery(params, { limit: largestPage, cursor }));
    items.push(...page.items);
    if (page.next === null) return items;
    cursor = page.next;
  }
}

/** Returns a function that reads a list again from its start, wherever it is shown. */
export function useReloadList() {
  const { mutate } = useSWRConfig();
  return useCallback(
    async (path: ListPath) => {
      await mutate(unstable_serialize(pageKey(path, {})));
      await mutate(allKey(path, {}));
    },
    [mutate],
  );
}

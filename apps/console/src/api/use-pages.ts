import { useCallback } from 'react';
import useSWR, { useSWRConfig } from 'swr';
import useSWRInfinite, { unstable_serialize } from 'swr/infinite';
import { get, path } from './client';

interface Page<T> {
  items: T[];
  next: string | null;
}

/** As many items as the API gives at once. */
const largestPage = 200;

const withParameter = (relative: string, parameter: string) =>
  `${relative}${relative.includes('?') ? '&' : '?'}${parameter}`;

const pageKey = (relative: string) => (index: number, previous: Page<unknown> | null) => {
  if (index === 0) return relative;
  return previous?.next ? withParameter(relative, path`cursor=${previous.next}`) : null;
};

/** A list of the API, as far as its pages have been asked for. */
export type Pages<T> = ReturnType<typeof usePages<T>>;

/**
 * Reads a list page by page.
 * @param refreshInterval in ms, of the items so far; 0: not again
 */
export function usePages<T>(relative: string, refreshInterval: (items: T[]) => number = () => 0) {
  const itemsOf = (pages: Page<T>[]) => pages.flatMap(({ items }) => items);
  const { data, error, mutate, size, setSize } = useSWRInfinite<Page<T>>(pageKey(relative), {
    refreshInterval: (pages) => (pages ? refreshInterval(itemsOf(pages)) : 0),
  });
  return {
    data: data && itemsOf(data),
    error: error as unknown,
    mutate,
    more: data?.at(-1)?.next != null,
    loading: data !== undefined && data.length < size,
    loadMore: () => void setSize(size + 1),
  };
}

/** Reads a list to its end, for what must offer every item. */
export function useAll<T>(relative: string | false | '') {
  return useSWR<T[], unknown, { all: string } | null>(relative ? { all: relative } : null, readAll);
}

async function readAll<T>({ all }: { all: string }): Promise<T[]> {
  const items: T[] = [];
  const first = withParameter(all, path`limit=${largestPage}`);
  for (let next: string | null = first; next !== null;) {
    const page: Page<T> = await get<Page<T>>(next);
    items.push(...page.items);
    next = page.next && withParameter(first, path`cursor=${page.next}`);
  }
  return items;
}

/** Returns what reads a list again from its start, wherever it is shown. */
export function useReloadList() {
  const { mutate } = useSWRConfig();
  return useCallback(
    async (relative: string) => {
      await mutate(unstable_serialize(pageKey(relative)));
      await mutate({ all: relative });
    },
    [mutate],
  );
}

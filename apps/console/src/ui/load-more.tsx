import { Button, Group } from '@mantine/core';
import type { Pages } from '@/api/use-pages';

/** Reads the next page of a list; nothing at the list's end. */
export function LoadMore<T>({ more, loading, loadMore }: Pages<T>) {
  if (!more) return null;
  return (
    <Group justify="center" mt="md">
      <Button variant="default" onClick={loadMore} loading={loading}>
        Load more
      </Button>
    </Group>
  );
}

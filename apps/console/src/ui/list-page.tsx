'use client';

import { Button, Group } from '@mantine/core';
import type { ComponentProps, ReactNode } from 'react';
import type { Pages } from '@/api/use-pages';
import { Loaded } from './loaded';
import { PageHeader } from './page-header';

interface ItemListProps<T> {
  list: Pages<T>;
  /** Shown instead when there are no items. */
  empty?: ReactNode;
  children: (items: T[]) => ReactNode;
}

/** A page that shows a list of the API. */
export function ListPage<T>(props: ComponentProps<typeof PageHeader> & ItemListProps<T>) {
  const { list, empty, children, ...header } = props;
  return (
    <>
      <PageHeader {...header} />
      <ItemList list={list} empty={empty}>
        {children}
      </ItemList>
    </>
  );
}

/** A list of the API: its skeleton, its error, its empty state, or its items with a button for more. */
export function ItemList<T>({ list, empty, children }: ItemListProps<T>) {
  return (
    <Loaded request={list}>
      {(items) =>
        items.length === 0 && empty ? (
          empty
        ) : (
          <div>
            {children(items)}
            <ShowMore list={list} />
          </div>
        )
      }
    </Loaded>
  );
}

/** A button that reads the next page of a list; absent at its end. */
function ShowMore<T>({ list }: { list: Pages<T> }) {
  if (!list.more) return null;
  return (
    <Group justify="center" mt="md">
      <Button variant="default" onClick={list.loadMore} loading={list.loading}>
        Show more
      </Button>
    </Group>
  );
}

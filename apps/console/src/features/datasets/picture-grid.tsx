'use client';

import { Group, Pagination, Text, Tooltip } from '@mantine/core';
import { useState } from 'react';
import useSWR from 'swr';
import { path } from '@/api/client';
import type { Dataset, ImagePage } from '@/api/types';
import { count } from '@/ui/format';
import { Loaded } from '@/ui/loaded';
import classes from './picture-grid.module.css';

const pageSize = 48;
/** Twice the largest tile, for sharp screens. */
const thumbnailSize = 224;

export function PictureGrid({ dataset, className }: { dataset: Dataset; className?: string }) {
  const [page, setPage] = useState(1);
  const base = path`/datasets/${dataset.id}/images?limit=${pageSize}&offset=${(page - 1) * pageSize}`;
  const filter = className === undefined ? '' : path`&class=${className}`;
  const request = useSWR<ImagePage>(base + filter, { keepPreviousData: true });
  return (
    <Loaded
      request={request}
      skeleton={<div className={classes.grid} style={{ minHeight: 400 }} />}
    >
      {({ items, total }) => (
        <>
          <ul className={classes.grid} aria-label="Pictures">
            {items.map((image) => (
              <li key={image.index}>
                <Tooltip
                  label={[
                    image.class,
                    image.name,
                    `${image.width} × ${image.height}`,
                    image.split ?? [],
                  ]
                    .flat()
                    .join(' · ')}
                >
                  <a href={image.url} target="_blank" rel="noreferrer" className={classes.tile}>
                    {/* Thumbnails come from the API at the right size already. */}
                    <img
                      src={`${image.url}?size=${thumbnailSize}`}
                      alt={`${image.class}: ${image.name}`}
                      loading="lazy"
                    />
                  </a>
                </Tooltip>
              </li>
            ))}
          </ul>
          <Group justify="space-between" mt="md">
            <Text fz="sm" c="dimmed">
              {count((page - 1) * pageSize + 1)}–{count((page - 1) * pageSize + items.length)} of{' '}
              {count(total)}
            </Text>
            {total > pageSize && (
              <Pagination
                size="sm"
                total={Math.ceil(total / pageSize)}
                value={page}
                onChange={setPage}
                getControlProps={(control) => ({ 'aria-label': `${control} page` })}
              />
            )}
          </Group>
        </>
      )}
    </Loaded>
  );
}

'use client';

import { Group, Pagination, Text, Tooltip } from '@mantine/core';
import { useState } from 'react';
import type { Dataset } from '@/api/types';
import { useApi } from '@/api/use-api';
import { count } from '@/ui/format';
import { Loaded } from '@/ui/loaded';
import classes from './image-grid.module.css';

const pageSize = 48;
/** Twice the size of the largest tile, for high-resolution screens. */
const thumbnailSize = 224;

export function ImageGrid({ dataset, className }: { dataset: Dataset; className?: string }) {
  const [page, setPage] = useState(1);
  const offset = (page - 1) * pageSize;
  const request = useApi(
    '/datasets/{id}/images',
    { path: { id: dataset.id }, query: { limit: pageSize, offset, class: className } },
    { keepPreviousData: true },
  );
  return (
    <Loaded
      request={request}
      skeleton={<div className={classes.grid} style={{ minHeight: 400 }} />}
    >
      {({ items, total }) => (
        <>
          <ul className={classes.grid} aria-label="Images">
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
              {count(offset + 1)}–{count(offset + items.length)} of {count(total)}
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

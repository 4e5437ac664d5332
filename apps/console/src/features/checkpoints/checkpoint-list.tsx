'use client';

import { Button, Stack, TextInput } from '@mantine/core';
import { IconSearch, IconUpload } from '@tabler/icons-react';
import Link from 'next/link';
import { useState } from 'react';
import useSWR from 'swr';
import type { Checkpoint } from '@/api/types';
import { Loaded } from '@/ui/loaded';
import { PageHeader } from '@/ui/page-header';
import { Section } from '@/ui/section';
import { CheckpointTable } from './checkpoint-table';
import { HubForm } from './hub-form';

export function CheckpointList() {
  const request = useSWR<Checkpoint[]>('/checkpoints');
  const [search, setSearch] = useState('');
  const wanted = search.trim().toLowerCase();
  return (
    <>
      <PageHeader
        title="Checkpoints"
        description="Pretrained weights that others publish: import them to serve them, or to fine-tune them on your pictures."
        actions={
          <Button
            variant="default"
            component={Link}
            href="/checkpoints/upload"
            leftSection={<IconUpload size={16} />}
          >
            Upload weights
          </Button>
        }
      />
      <Stack gap="lg">
        <HubForm />
        <Section
          title="Published"
          description="Top-1 is on ImageNet-1k, as the paper and the publisher state it."
          aside={
            <TextInput
              aria-label="Search checkpoints"
              placeholder="Search"
              leftSection={<IconSearch size={16} aria-hidden />}
              value={search}
              onChange={(event) => setSearch(event.currentTarget.value)}
            />
          }
        >
          <Loaded request={request}>
            {(checkpoints) => (
              <CheckpointTable
                checkpoints={checkpoints.filter(({ name, title, publisher }) =>
                  [name, title, publisher].some((text) => text.toLowerCase().includes(wanted)),
                )}
              />
            )}
          </Loaded>
        </Section>
      </Stack>
    </>
  );
}

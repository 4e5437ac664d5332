'use client';

import { Button, Stack, TextInput } from '@mantine/core';
import { IconSearch, IconUpload } from '@tabler/icons-react';
import Link from 'next/link';
import { useState } from 'react';
import { useApi } from '@/api/use-api';
import { Loaded } from '@/ui/loaded';
import { PageHeader } from '@/ui/page-header';
import { Section } from '@/ui/section';
import { CheckpointTable } from './checkpoint-table';
import { HubForm } from './hub-form';

export function CheckpointList() {
  const request = useApi('/checkpoints', {});
  const [search, setSearch] = useState('');
  const wanted = search.trim().toLowerCase();
  return (
    <>
      <PageHeader
        title="Checkpoints"
        description="Published pretrained weights. Import them to serve them as they are, or to fine-tune them on your images."
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
          description="Top-1 on ImageNet-1k, as stated by the paper and by the publisher."
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

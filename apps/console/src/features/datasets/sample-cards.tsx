'use client';

import { Button, Group, Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { IconSparkles } from '@tabler/icons-react';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { answerOf, client } from '@/api/client';
import type { Sample } from '@/api/types';
import { useApi } from '@/api/use-api';
import { useReloadList } from '@/api/use-pages';
import { plural } from '@/ui/format';
import { notifyDone, notifyError } from '@/ui/notify';
import { path } from '@/ui/path';

/** Shows the sample datasets, or nothing if there are none. */
export function SampleCards() {
  const { data: samples = [] } = useApi('/samples', {});
  if (samples.length === 0) return null;
  return (
    <section aria-labelledby="samples">
      <Title order={2} fz="md" id="samples" mb="sm">
        Sample datasets
      </Title>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        {samples.map((sample) => (
          <SampleCard key={sample.name} sample={sample} />
        ))}
      </SimpleGrid>
    </section>
  );
}

function SampleCard({ sample }: { sample: Sample }) {
  const router = useRouter();
  const reloadList = useReloadList();
  const [busy, setBusy] = useState(false);
  const add = async () => {
    setBusy(true);
    try {
      const params = { path: { name: sample.name } };
      const dataset = await answerOf(client.POST('/samples/{name}', { params }));
      await reloadList('/datasets');
      notifyDone(`${dataset.name} is ready: ${plural(dataset.images, 'image')}.`);
      router.push(path`/datasets/${dataset.id}`);
    } catch (error) {
      notifyError(error);
      setBusy(false);
    }
  };
  return (
    <Paper>
      <Stack justify="space-between" h="100%">
        <div>
          <Text fw={600}>{sample.title}</Text>
          <Text fz="sm" c="dimmed">
            {sample.description}
          </Text>
          <Text fz="xs" c="dimmed" mt="xs">
            {plural(sample.images, 'image')} in {plural(sample.classes, 'class', 'classes')} ·{' '}
            {sample.licence}
          </Text>
        </div>
        <Group>
          <Button
            variant="light"
            loading={busy}
            onClick={() => void add()}
            leftSection={<IconSparkles size={16} />}
            aria-label={`Use sample ${sample.title}`}
          >
            Use this sample
          </Button>
        </Group>
      </Stack>
    </Paper>
  );
}

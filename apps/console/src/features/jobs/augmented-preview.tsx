'use client';

import { Button, Group, Image, Stack, Text } from '@mantine/core';
import { useDebouncedValue, useDisclosure } from '@mantine/hooks';
import { IconPhoto, IconRefresh } from '@tabler/icons-react';
import { useEffect, useMemo, useState } from 'react';
import useSWR from 'swr';
import { apiHref, refusal } from '@/api/client';
import { Loaded } from '@/ui/loaded';
import { previewed } from './recipe-fields';

/** Pause in typing after which images are requested. */
const restMs = 400;

interface PreviewProps {
  datasetId: string;
  /** Values of the form, with the API's defaults for empty ones. */
  recipe: Partial<Record<string, unknown>>;
}

/** Shows images of a dataset as augmented by this recipe. */
export function AugmentedPreview(props: PreviewProps) {
  const [opened, { toggle }] = useDisclosure();
  return (
    <div>
      <Button
        variant="light"
        size="compact-sm"
        onClick={toggle}
        aria-expanded={opened}
        aria-controls="augmented-images"
        leftSection={<IconPhoto size={16} />}
      >
        Preview images
      </Button>
      <div id="augmented-images">{opened && <Sheet {...props} />}</div>
    </div>
  );
}

function Sheet({ datasetId, recipe }: PreviewProps) {
  const [epoch, setEpoch] = useState(1);
  const [fields] = useDebouncedValue(JSON.stringify(previewed(recipe)), restMs);
  const href = apiHref('/datasets/{id}/augmented', {
    path: { id: datasetId },
    query: { epoch, recipe: fields },
  });
  const request = useSWR(href, fetchImage, { keepPreviousData: true, revalidateOnFocus: false });
  // Hides images of previous values after an error.
  const shown = { ...request, data: request.error ? undefined : request.data };
  return (
    <Stack gap="xs" mt="sm">
      <Group justify="space-between">
        <Text fz="sm" c="dimmed">
          As the network sees them in epoch {epoch}
        </Text>
        <Button
          variant="subtle"
          size="compact-sm"
          onClick={() => setEpoch(epoch + 1)}
          leftSection={<IconRefresh size={16} />}
        >
          Next epoch
        </Button>
      </Group>
      <Loaded request={shown}>{(image) => <SheetImage image={image} />}</Loaded>
    </Stack>
  );
}

function SheetImage({ image }: { image: Blob }) {
  const address = useMemo(() => URL.createObjectURL(image), [image]);
  useEffect(() => () => URL.revokeObjectURL(address), [address]);
  return <Image src={address} alt="Augmented images" maw={640} fit="contain" />;
}

async function fetchImage(href: string): Promise<Blob> {
  const response = await fetch(href);
  if (!response.ok) throw refusal(response.status, await response.text());
  return response.blob();
}

'use client';

import { Grid, Select, Stack } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { ModelWithVersions } from '@/api/types';
import { useApi } from '@/api/use-api';
import { useAll } from '@/api/use-pages';
import { CopyBlock } from '@/ui/copy-block';
import { ErrorPanel } from '@/ui/error-panel';
import { Loaded } from '@/ui/loaded';
import { PageHeader } from '@/ui/page-header';
import { path } from '@/ui/path';
import { Section } from '@/ui/section';
import { curlCommand } from './curl-command';
import { ImageDrop } from './image-drop';
import { PredictionBars } from './prediction-bars';
import { usePrediction } from './use-prediction';

interface TryPageProps {
  name: string;
  version?: number;
  apiUrl: string;
}

export function TryPage(props: TryPageProps) {
  const request = useApi('/models/{name}', { path: { name: props.name } });
  return <Loaded request={request}>{(model) => <TryView model={model} {...props} />}</Loaded>;
}

function TryView({ model, version: asked, apiUrl }: TryPageProps & { model: ModelWithVersions }) {
  const [version, setVersion] = useState(asked ?? model.latestVersion ?? 1);
  const { data: versions = model.versionList } = useAll('/models/{name}/versions', {
    path: { name: model.name },
  });
  const [image, setImage] = useState<File>();
  const answer = usePrediction(model.name, version, image);
  usePastedImage(setImage);
  return (
    <>
      <PageHeader
        title={`Try ${model.name}`}
        back={{ href: path`/models/${model.name}`, label: model.name }}
        description="Drop, paste or choose an image to see the model's predictions."
        actions={
          <Select
            aria-label="Version"
            w={150}
            data={versions
              .map((each) => ({ value: String(each.version), label: `Version ${each.version}` }))
              .toReversed()}
            value={String(version)}
            onChange={(value) => value && setVersion(Number(value))}
            allowDeselect={false}
          />
        }
      />
      <Stack gap="lg">
        <Grid gap="lg">
          <Grid.Col span={{ base: 12, md: 6 }}>
            <ImageDrop image={image} onImage={setImage} />
          </Grid.Col>
          <Grid.Col span={{ base: 12, md: 6 }}>
            {answer.error ? (
              <ErrorPanel error={answer.error} onRetry={() => void answer.mutate()} />
            ) : (
              <PredictionBars answer={answer.data} busy={answer.isLoading} />
            )}
          </Grid.Col>
        </Grid>
        <Section title="The same call over HTTP" description="Set COATRACK_KEY to your key.">
          <CopyBlock
            label="curl command"
            text={curlCommand({ apiUrl, model: model.name, version, fileName: image?.name })}
          />
        </Section>
      </Stack>
    </>
  );
}

function usePastedImage(onImage: (image: File) => void) {
  useEffect(() => {
    const paste = (event: ClipboardEvent) => {
      const files = [...(event.clipboardData?.files ?? [])];
      const image = files.find(({ type }) => type.startsWith('image/'));
      if (image) onImage(image);
    };
    document.addEventListener('paste', paste);
    return () => document.removeEventListener('paste', paste);
  }, [onImage]);
}

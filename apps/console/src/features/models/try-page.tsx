'use client';

import { Grid, Select, Stack } from '@mantine/core';
import { useEffect, useState } from 'react';
import useSWR from 'swr';
import { path, postFile } from '@/api/client';
import type { ModelVersionSummary, ModelWithVersions, Prediction } from '@/api/types';
import { useAll } from '@/api/use-pages';
import { CopyBlock } from '@/ui/copy-block';
import { ErrorPanel } from '@/ui/error-panel';
import { Loaded } from '@/ui/loaded';
import { PageHeader } from '@/ui/page-header';
import { Section } from '@/ui/section';
import { curlCommand } from './curl-command';
import { PictureDrop } from './picture-drop';
import { PredictionBars } from './prediction-bars';

interface TryPageProps {
  name: string;
  version?: number;
  apiUrl: string;
}

export function TryPage(props: TryPageProps) {
  const request = useSWR<ModelWithVersions>(path`/models/${props.name}`);
  return <Loaded request={request}>{(model) => <TryView model={model} {...props} />}</Loaded>;
}

function TryView({ model, version: asked, apiUrl }: TryPageProps & { model: ModelWithVersions }) {
  const [version, setVersion] = useState(asked ?? model.latestVersion ?? 1);
  const { data: versions = model.versionList } = useAll<ModelVersionSummary>(
    path`/models/${model.name}/versions`,
  );
  const [picture, setPicture] = useState<File>();
  // Asked again when the version changes: comparing versions on one picture is what this page is for.
  const answer = useSWR<Prediction>(
    picture && [path`/models/${model.name}/predict?version=${version}&topK=5`, picture],
    ([target, file]: [string, File]) => postFile<Prediction>(target, file),
    { revalidateOnFocus: false, revalidateOnReconnect: false, shouldRetryOnError: false },
  );
  usePastedPicture(setPicture);
  return (
    <>
      <PageHeader
        title={`Try ${model.name}`}
        back={{ href: path`/models/${model.name}`, label: model.name }}
        description="Drop, paste or choose a picture and see what the model takes it for."
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
            <PictureDrop picture={picture} onPicture={setPicture} />
          </Grid.Col>
          <Grid.Col span={{ base: 12, md: 6 }}>
            {answer.error ? (
              <ErrorPanel error={answer.error} onRetry={() => void answer.mutate()} />
            ) : (
              <PredictionBars answer={answer.data} busy={answer.isLoading} />
            )}
          </Grid.Col>
        </Grid>
        <Section title="The same call over HTTP" description="Your key goes into COATRACK_KEY.">
          <CopyBlock
            label="curl command"
            text={curlCommand({ apiUrl, model: model.name, version, fileName: picture?.name })}
          />
        </Section>
      </Stack>
    </>
  );
}

function usePastedPicture(onPicture: (picture: File) => void) {
  useEffect(() => {
    const paste = (event: ClipboardEvent) => {
      const files = [...(event.clipboardData?.files ?? [])];
      const picture = files.find(({ type }) => type.startsWith('image/'));
      if (picture) onPicture(picture);
    };
    document.addEventListener('paste', paste);
    return () => document.removeEventListener('paste', paste);
  }, [onPicture]);
}

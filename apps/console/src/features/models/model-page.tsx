'use client';

import { Button, Stack } from '@mantine/core';
import { IconPhotoSearch } from '@tabler/icons-react';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import useSWR, { useSWRConfig } from 'swr';
import { path, remove } from '@/api/client';
import type { ModelWithVersions } from '@/api/types';
import { ConfirmButton } from '@/ui/confirm-button';
import { Empty } from '@/ui/empty';
import { plural } from '@/ui/format';
import { Loaded } from '@/ui/loaded';
import { notifyDone } from '@/ui/notify';
import { PageHeader } from '@/ui/page-header';
import { Aliases } from './aliases';
import { VersionDetails } from './version-details';
import { VersionTable } from './version-table';

export function ModelPage({ name }: { name: string }) {
  const request = useSWR<ModelWithVersions>(path`/models/${name}`);
  return (
    <Loaded request={request}>
      {(model) => <ModelView model={model} reload={() => request.mutate()} />}
    </Loaded>
  );
}

interface ModelViewProps {
  model: ModelWithVersions;
  reload: () => Promise<unknown>;
}

function ModelView({ model, reload }: ModelViewProps) {
  const [chosen, setChosen] = useState<number>();
  const versions = model.versionList.toSorted((a, b) => b.version - a.version);
  const version = versions.find((each) => each.version === chosen) ?? versions[0];
  return (
    <>
      <PageHeader
        title={model.name}
        back={{ href: '/models', label: 'Models' }}
        description={model.description || plural(versions.length, 'version')}
        actions={
          <>
            <DeleteModel model={model} />
            {version && (
              <Button
                component={Link}
                href={path`/models/${model.name}/try?version=${version.version}`}
                leftSection={<IconPhotoSearch size={16} />}
              >
                Try it
              </Button>
            )}
          </>
        }
      />
      {version ? (
        <Stack gap="lg">
          <VersionTable
            versions={versions}
            aliases={model.aliases}
            selected={version.version}
            onSelect={setChosen}
          />
          <Aliases model={model} onChange={reload} />
          <VersionDetails key={version.version} version={version} onDeleted={reload} />
        </Stack>
      ) : (
        <Empty
          icon={null}
          title="No versions"
          description="Every version of this model was deleted."
        />
      )}
    </>
  );
}

function DeleteModel({ model }: { model: ModelWithVersions }) {
  const router = useRouter();
  const { mutate } = useSWRConfig();
  const confirm = async () => {
    await remove(path`/models/${model.name}`);
    await mutate('/models');
    notifyDone(`${model.name} was deleted.`);
    router.push('/models');
  };
  return (
    <ConfirmButton
      label="Delete model"
      title={`Delete ${model.name}?`}
      confirmLabel="Delete model"
      onConfirm={confirm}
    >
      All its versions and their weights will be gone, and calls to it will fail.
    </ConfirmButton>
  );
}

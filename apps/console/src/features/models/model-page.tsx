'use client';

import { Button, Stack } from '@mantine/core';
import { IconPhotoSearch } from '@tabler/icons-react';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { client } from '@/api/client';
import type { ModelWithVersions } from '@/api/types';
import { useApi } from '@/api/use-api';
import { usePages, useReloadList } from '@/api/use-pages';
import { ConfirmButton } from '@/ui/confirm-button';
import { Empty } from '@/ui/empty';
import { plural } from '@/ui/format';
import { Loaded } from '@/ui/loaded';
import { notifyDone } from '@/ui/notify';
import { PageHeader } from '@/ui/page-header';
import { path } from '@/ui/path';
import { Aliases } from './aliases';
import { VersionDetails } from './version-details';
import { VersionTable } from './version-table';

export function ModelPage({ name }: { name: string }) {
  const request = useApi('/models/{name}', { path: { name } });
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
  const list = usePages('/models/{name}/versions', { path: { name: model.name } });
  const versions = list.data ?? model.versionList;
  const version = versions.find((each) => each.version === chosen) ?? versions[0];
  const reloadAll = () => Promise.all([reload(), list.mutate()]);
  return (
    <>
      <PageHeader
        title={model.name}
        back={{ href: '/models', label: 'Models' }}
        description={model.description || plural(model.versions, 'version')}
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
            list={{ ...list, data: versions }}
            aliases={model.aliases}
            selected={version.version}
            onSelect={setChosen}
          />
          <Aliases model={model} onChange={reload} />
          <VersionDetails key={version.version} version={version} onDeleted={reloadAll} />
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
  const reloadList = useReloadList();
  const confirm = async () => {
    await client.DELETE('/models/{name}', { params: { path: { name: model.name } } });
    await reloadList('/models');
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
      All its versions and their weights will be deleted, and calls to it will fail.
    </ConfirmButton>
  );
}

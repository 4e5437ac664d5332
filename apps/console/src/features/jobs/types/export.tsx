import { Button } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { apiHref } from '@/api/client';
import { OpenModel } from './open-model';
import type { TypeView } from './type-view';

export const exportView: TypeView<'export'> = {
  subject: (job) => `version ${job.version.version} as ${job.format}, ${job.precision}`,
  Result: ({ result: { model, version, artifact } }) => (
    <OpenModel model={model}>
      <Button
        component="a"
        href={apiHref('/models/{name}/versions/{version}/artifacts/{id}', {
          path: { name: model, version: String(version), id: artifact },
        })}
        download
        leftSection={<IconDownload size={16} />}
      >
        Download
      </Button>
    </OpenModel>
  ),
};

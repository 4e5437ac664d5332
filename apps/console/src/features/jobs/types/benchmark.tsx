import { Alert, Button, Group, List, Text } from '@mantine/core';
import { IconChartDots } from '@tabler/icons-react';
import Link from 'next/link';
import { plural } from '@/ui/format';
import type { TypeView } from './type-view';

export const benchmarkView: TypeView<'benchmark'> = {
  subject: (job) => job.versions.map(({ model, version }) => `${model}:${version}`).join(', '),
  Result: ({ result: { measured, failures } }) => (
    <>
      {failures.length > 0 && (
        <Alert color="orange" title="Some versions could not be measured">
          <List fz="sm">
            {failures.map(({ model, version, imageSize, reason }) => (
              <List.Item key={`${model}:${version} ${imageSize}`}>
                <strong>
                  {model}:{version}, {imageSize} px:
                </strong>{' '}
                {reason}
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
      <Group gap="sm">
        <Button component={Link} href="/compare" leftSection={<IconChartDots size={16} />}>
          Compare
        </Button>
        <Text c="dimmed">{plural(measured, 'setting')} measured</Text>
      </Group>
    </>
  ),
};

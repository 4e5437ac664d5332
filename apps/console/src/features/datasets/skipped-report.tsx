import { Accordion, List, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { Dataset } from '@/api/types';
import { count, plural } from '@/ui/format';

export function SkippedReport({ dataset: { skipped = [], skippedCount } }: { dataset: Dataset }) {
  return (
    <Accordion variant="contained">
      <Accordion.Item value="skipped">
        <Accordion.Control
          icon={<IconAlertTriangle size={18} color="var(--mantine-color-orange-6)" aria-hidden />}
        >
          {plural(skippedCount, 'file was', 'files were')} skipped
        </Accordion.Control>
        <Accordion.Panel>
          <List fz="sm" spacing={4}>
            {skipped.map(({ path, reason }) => (
              <List.Item key={path}>
                <strong>{path}</strong>: {reason}
              </List.Item>
            ))}
          </List>
          {skippedCount > skipped.length && (
            <Text fz="sm" c="dimmed" mt="xs">
              and {count(skippedCount - skipped.length)} more
            </Text>
          )}
        </Accordion.Panel>
      </Accordion.Item>
    </Accordion>
  );
}

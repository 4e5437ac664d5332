'use client';

import { Group, Select, Text } from '@mantine/core';
import { useAll } from '@/api/use-pages';
import { percent } from '@/ui/format';
import { Loaded } from '@/ui/loaded';

/** Chooses a model's version; the reference is 'name:3'. */
export function VersionPicker(props: { value: string; onChange: (reference: string) => void }) {
  const models = useAll('/models', {});
  const [name = '', version = ''] = props.value.split(':');
  const chosen = useAll('/models/{name}/versions', name ? { path: { name } } : null);
  return (
    <Loaded request={models}>
      {(list) => {
        const usable = list.filter(({ latestVersion }) => latestVersion !== null);
        if (usable.length === 0) {
          return <Text c="dimmed">There are no models yet: start from a new network.</Text>;
        }
        const choose = (model: string | null) => {
          const latest = usable.find((each) => each.name === model)?.latestVersion;
          props.onChange(`${model}:${latest}`);
        };
        return (
          <Group grow align="flex-start">
            <Select
              label="Model"
              placeholder="Choose a model"
              data={usable.map((model) => model.name)}
              value={name || null}
              onChange={choose}
              allowDeselect={false}
              searchable
            />
            <Select
              label="Version"
              data={(chosen.data ?? []).map((each) => ({
                value: String(each.version),
                label: each.metrics
                  ? `${each.version} (top-1 ${percent(each.metrics.top1)})`
                  : String(each.version),
              }))}
              value={version || null}
              onChange={(next) => props.onChange(`${name}:${next}`)}
              allowDeselect={false}
              disabled={!chosen.data}
            />
          </Group>
        );
      }}
    </Loaded>
  );
}

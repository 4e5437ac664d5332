'use client';

import { Group, Radio, Switch, Table, Text } from '@mantine/core';
import { Fragment, useState } from 'react';
import type { Architecture, Family } from '@/api/types';
import { magnitude, percent } from '@/ui/format';
import { publishedAccuracy } from './published-accuracy';
import classes from './architecture-table.module.css';

const families: { family: Family; title: string; hint: string }[] = [
  { family: 'efficientnetv2', title: 'EfficientNetV2', hint: 'Convolutions; small and fast' },
  {
    family: 'coatnet',
    title: 'CoAtNet',
    hint: 'Convolutions and attention; best with plenty of data',
  },
];

/** A radio group with one row per network: those of the papers and, on request, the libraries' variants. */
export function ArchitectureTable(props: {
  architectures: Architecture[];
  value: string;
  onChange: (name: string) => void;
}) {
  const chosen = props.architectures.find(({ name }) => name === props.value);
  const [variants, setVariants] = useState(chosen !== undefined && chosen.source !== 'paper');
  const shown = props.architectures.filter(
    (architecture) => variants || architecture.source === 'paper' || architecture === chosen,
  );
  return (
    <div>
      <Group justify="space-between" mb="xs">
        <Text fz="sm" c="dimmed">
          Starts from random weights. Top-1 is as published, on ImageNet-1k.
        </Text>
        <Switch
          size="sm"
          label="Include variants of timm and torchvision"
          checked={variants}
          onChange={(event) => setVariants(event.currentTarget.checked)}
        />
      </Group>
      <Radio.Group value={props.value} onChange={props.onChange} aria-label="Architecture">
        <Table.ScrollContainer
          type="native"
          minWidth={520}
          maxHeight={380}
          className={classes.frame}
        >
          <Table stickyHeader highlightOnHover verticalSpacing={6}>
            <Table.Thead className={classes.head}>
              <Table.Tr>
                <Table.Th>Network</Table.Th>
                <Table.Th ta="right">Parameters</Table.Th>
                <Table.Th ta="right">MACs</Table.Th>
                <Table.Th ta="right">Image size</Table.Th>
                <Table.Th ta="right">Published top-1</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {families.map(({ family, title, hint }) => (
                <Fragment key={family}>
                  <Table.Tr className={classes.family}>
                    <Table.Th colSpan={5} scope="colgroup">
                      {title}{' '}
                      <Text span fz="xs" c="dimmed" fw={400}>
                        {hint}
                      </Text>
                    </Table.Th>
                  </Table.Tr>
                  {shown
                    .filter((architecture) => architecture.family === family)
                    .map((architecture) => (
                      <Row
                        key={architecture.name}
                        architecture={architecture}
                        selected={architecture.name === props.value}
                        onSelect={props.onChange}
                      />
                    ))}
                </Fragment>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      </Radio.Group>
    </div>
  );
}

function Row(props: {
  architecture: Architecture;
  selected: boolean;
  onSelect: (name: string) => void;
}) {
  const { name, title, source, parameters, macs, imageSize } = props.architecture;
  const published = publishedAccuracy(props.architecture);
  return (
    <Table.Tr
      className={classes.row}
      data-selected={props.selected || undefined}
      onClick={() => props.onSelect(name)}
    >
      <Table.Td>
        <Radio
          value={name}
          label={title}
          // The library's name for it.
          description={source === 'paper' ? undefined : name}
          size="sm"
          classNames={{ label: classes.label }}
        />
      </Table.Td>
      <Table.Td ta="right">{magnitude(parameters)}</Table.Td>
      <Table.Td ta="right">{magnitude(macs)}</Table.Td>
      <Table.Td ta="right">{imageSize} px</Table.Td>
      <Table.Td ta="right">
        {published ? percent(published.top1) : '–'}
        {published && published.pretraining !== 'none' && (
          <Text fz="xs" c="dimmed">
            with {published.pretraining}
          </Text>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

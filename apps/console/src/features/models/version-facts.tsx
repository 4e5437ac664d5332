import { Anchor, Code } from '@mantine/core';
import Link from 'next/link';
import type { ModelVersion } from '@/api/types';
import { bytes, count, percent } from '@/ui/format';
import { path } from '@/ui/path';

/** [7] → "epoch 7", [7, 9] → "epochs 7, 9, averaged" */
export function epochsOf(epochs: number[]): string {
  return epochs.length === 1 ? `epoch ${epochs[0]}` : `epochs ${epochs.join(', ')}, averaged`;
}

/** Returns what is known about a version, for a list of names and values. */
export function versionFacts(version: ModelVersion) {
  const { parentVersion: parent, dataset, job, accuracy, preprocessing } = version;
  const share = (value: number | undefined) => (value === undefined ? undefined : percent(value));
  return [
    { label: 'Architecture', value: version.architecture },
    { label: 'Parameters', value: count(version.parameters) },
    { label: 'Image size', value: `${preprocessing.imageSize} px` },
    { label: 'Size', value: bytes(version.bytes) },
    { label: 'Top-1 measured here', value: share(accuracy.measured) },
    { label: 'Top-1 by the publisher', value: share(accuracy.publisher) },
    { label: 'Top-1 in the paper', value: share(accuracy.paper) },
    {
      label: 'Parent',
      value: parent && (
        <Anchor component={Link} href={path`/models/${parent.model}`}>
          {parent.model}:{parent.version}
        </Anchor>
      ),
    },
    {
      label: 'Dataset',
      value: dataset && (
        <Anchor component={Link} href={path`/datasets/${dataset.id}`}>
          {dataset.name}
        </Anchor>
      ),
    },
    { label: 'Weights of', value: version.metrics?.epochs && epochsOf(version.metrics.epochs) },
    {
      label: 'Job',
      value: job && (
        <Anchor component={Link} href={path`/jobs/${job}`}>
          Open
        </Anchor>
      ),
    },
    { label: 'Intended use', value: version.intendedUse },
    { label: 'Licence', value: version.licence },
    { label: 'Source', value: version.source },
    {
      label: 'SHA-256',
      value: <Code title={version.sha256}>{version.sha256.slice(0, 16)}…</Code>,
    },
  ].filter(({ value }) => value !== null && value !== undefined);
}

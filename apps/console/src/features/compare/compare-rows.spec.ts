import { expect, it } from 'vitest';
import type { Comparison } from '@/api/types';
import { compareRows, machinesOf } from './compare-rows';

type Measurement = Comparison['measurements'][number];

const measurement = (given: Partial<Measurement>, processor = 'A'): Measurement => ({
  job: '1',
  executor: 'ONNX Runtime',
  imageSize: 224,
  batchSize: 1,
  instances: 1,
  latency: { mean: 10, p50: 10, p95: 11, p99: 12 },
  throughput: 100,
  runs: 100,
  memoryBytes: 1,
  createdAt: '2026-01-01T00:00:00.000Z',
  hardware: { processor, cores: 2, memoryBytes: 1, system: 'linux x64', node: '20' },
  ...given,
});

const comparison = (given: Partial<Comparison>): Comparison => ({
  model: 'pets',
  version: 3,
  architecture: 'efficientnetv2_b0',
  imageSize: 224,
  dataset: null,
  accuracy: {},
  parameters: 1,
  macs: 1,
  trainingSeconds: null,
  measurements: [],
  ...given,
});

it('all batch sizes become one row: the latency of the smallest, the throughput of the fastest', () => {
  const measurements = [
    measurement({ batchSize: 8, throughput: 180 }),
    measurement({ batchSize: 32, throughput: 170 }),
    measurement({ batchSize: 1 }),
  ];
  const rows = compareRows([comparison({ measurements })], 'A, 2 cores');
  expect(
    rows.map(({ name, single, fastest }) => [name, single.batchSize, fastest.batchSize]),
  ).toEqual([['pets:3', 1, 8]]);
});

it('image sizes, executors and machines get separate rows', () => {
  const measurements = [
    measurement({}),
    measurement({ imageSize: 128 }),
    measurement({ executor: 'libtorch' }),
    measurement({ createdAt: '2026-01-02T00:00:00.000Z' }, 'B'),
  ];
  const all = [comparison({ measurements })];
  expect(machinesOf(all)).toEqual(['B, 2 cores', 'A, 2 cores']);
  expect(compareRows(all, 'A, 2 cores').map(({ name }) => name)).toEqual([
    'pets:3 (224 px, ONNX Runtime)',
    'pets:3 (128 px, ONNX Runtime)',
    'pets:3 (224 px, libtorch)',
  ]);
  expect(compareRows(all, 'B, 2 cores').map(({ name }) => name)).toEqual(['pets:3']);
});

it('accuracy measured here takes precedence over published accuracy', () => {
  const accuracies = [
    { paper: 0.8, publisher: 0.79, measured: 0.7 },
    { paper: 0.8, publisher: 0.79 },
    {},
  ];
  const found = accuracies.map(
    (accuracy) =>
      compareRows([comparison({ accuracy, measurements: [measurement({})] })], 'A, 2 cores')[0]!
        .top1,
  );
  expect(found).toEqual([
    { value: 0.7, origin: 'measured' },
    { value: 0.79, origin: 'publisher' },
    null,
  ]);
});

import { expect, it } from 'vitest';
import { latencyOf } from './time-network';

it('percentiles use the nearest rank, whatever the order of the times', () => {
  const times = Array.from({ length: 200 }, (_, index) => ((index * 77) % 200) + 1);
  expect(latencyOf(times)).toEqual({ mean: 100.5, p50: 100, p95: 190, p99: 198 });
});

it('a single time is every percentile', () => {
  expect(latencyOf([7])).toEqual({ mean: 7, p50: 7, p95: 7, p99: 7 });
});

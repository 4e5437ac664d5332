import type { Comparison } from '@/api/types';

type Measurement = Comparison['measurements'][number];

/** A version in one executor, on images of one size, on one machine. */
export interface CompareRow {
  comparison: Comparison;
  /** "pets:3", plus whatever distinguishes it from the version's other rows. */
  name: string;
  /** Measurement of the smallest batch. */
  single: Measurement;
  /** Measurement of the fastest batch size. */
  fastest: Measurement;
  top1: { value: number; origin: AccuracyOrigin } | null;
}

export const accuracyOrigins = ['measured', 'publisher', 'paper'] as const;
export type AccuracyOrigin = (typeof accuracyOrigins)[number];

/** Returns a readable name of the machine of a measurement. */
function machineOf({ hardware: { processor, cores } }: Measurement): string {
  return `${processor}, ${cores} cores`;
}

/** Returns all machines with measurements, most recently used first. */
export function machinesOf(comparisons: Comparison[]): string[] {
  const all = comparisons.flatMap(({ measurements }) => measurements);
  all.sort((a, b) => b.createdAt.localeCompare(a.createdAt));
  return [...new Set(all.map(machineOf))];
}

/** Returns the rows measured on one machine. */
export function compareRows(comparisons: Comparison[], machine: string): CompareRow[] {
  return comparisons.flatMap((comparison) => {
    const { model, version, measurements } = comparison;
    const groups = new Map<string, Measurement[]>();
    for (const measurement of measurements) {
      if (machineOf(measurement) !== machine) continue;
      const key = `${measurement.imageSize} px, ${measurement.executor}`;
      groups.set(key, [...(groups.get(key) ?? []), measurement]);
    }
    return [...groups].map(([setting, group]) => ({
      comparison,
      name: `${model}:${version}${groups.size > 1 ? ` (${setting})` : ''}`,
      single: group.reduce((best, each) => (each.batchSize < best.batchSize ? each : best)),
      fastest: group.reduce((best, each) => (each.throughput > best.throughput ? each : best)),
      top1: top1Of(comparison),
    }));
  });
}

/** Returns the accuracy measured here, or else a published one. */
function top1Of({ accuracy }: Comparison): CompareRow['top1'] {
  for (const origin of accuracyOrigins) {
    const value = accuracy[origin];
    if (value !== undefined) return { value, origin };
  }
  return null;
}

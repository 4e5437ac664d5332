'use client';

import { Select, Stack } from '@mantine/core';
import { IconChartDots } from '@tabler/icons-react';
import { useState } from 'react';
import type { Comparison } from '@/api/types';
import { usePages } from '@/api/use-pages';
import { Empty } from '@/ui/empty';
import { ItemList } from '@/ui/list-page';
import { PageHeader } from '@/ui/page-header';
import { BenchmarkForm } from './benchmark-form';
import { CompareChart } from './compare-chart';
import { compareRows, machinesOf } from './compare-rows';
import { CompareTable } from './compare-table';

export function ComparePage() {
  return (
    <>
      <PageHeader title="Compare" description="Accuracy and speed of versions, side by side." />
      <Stack gap="lg">
        <ItemList list={usePages('/compare', {})} empty={<NothingMeasured />}>
          {(comparisons) => <Measured comparisons={comparisons} />}
        </ItemList>
        <BenchmarkForm />
      </Stack>
    </>
  );
}

function Measured({ comparisons }: { comparisons: Comparison[] }) {
  const machines = machinesOf(comparisons);
  const [chosen, choose] = useState<string | null>(null);
  const machine = chosen !== null && machines.includes(chosen) ? chosen : machines[0]!;
  const rows = compareRows(comparisons, machine);
  return (
    <Stack gap="lg">
      {machines.length > 1 && (
        <Select
          label="Machine"
          description="Speeds on different machines cannot be compared."
          data={machines}
          value={machine}
          onChange={choose}
          allowDeselect={false}
          maw={480}
        />
      )}
      <CompareChart rows={rows} machine={machine} />
      <CompareTable rows={rows} />
    </Stack>
  );
}

function NothingMeasured() {
  return (
    <Empty
      icon={<IconChartDots />}
      title="Nothing has been measured yet"
      description="Speed depends on the machine, so it is measured on this one. Choose versions below."
    />
  );
}

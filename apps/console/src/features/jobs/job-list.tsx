'use client';

import { Button } from '@mantine/core';
import { IconPlayerPlay, IconPlus } from '@tabler/icons-react';
import Link from 'next/link';
import { Empty } from '@/ui/empty';
import { LoadMore } from '@/ui/load-more';
import { Loaded } from '@/ui/loaded';
import { PageHeader } from '@/ui/page-header';
import { JobTable } from './job-table';
import { useJobs } from './use-jobs';

export function JobList() {
  const jobs = useJobs();
  return (
    <>
      <PageHeader
        title="Jobs"
        description="Fine-tunes, imports, exports and benchmarks that wait, run or have ended."
        actions={
          <Button component={Link} href="/jobs/new" leftSection={<IconPlus size={16} />}>
            New fine-tune
          </Button>
        }
      />
      <Loaded request={jobs}>
        {(list) => (list.length > 0 ? <JobTable jobs={list} /> : <NoJobs />)}
      </Loaded>
      <LoadMore {...jobs} />
    </>
  );
}

function NoJobs() {
  return (
    <Empty
      icon={<IconPlayerPlay />}
      title="Nothing has run yet"
      description="A fine-tune teaches a network your classes. Choose pictures and an architecture, then watch it learn here."
    >
      <Button component={Link} href="/jobs/new">
        Start a fine-tune
      </Button>
    </Empty>
  );
}

'use client';

import { Button } from '@mantine/core';
import { IconPlayerPlay, IconPlus } from '@tabler/icons-react';
import Link from 'next/link';
import { Empty } from '@/ui/empty';
import { ListPage } from '@/ui/list-page';
import { JobTable } from './job-table';
import { useJobs } from './use-jobs';

export function JobList() {
  return (
    <ListPage
      title="Jobs"
      description="Fine-tunes, imports, exports, benchmarks and evaluations: queued, running and finished."
      actions={
        <Button component={Link} href="/jobs/new" leftSection={<IconPlus size={16} />}>
          New fine-tune
        </Button>
      }
      list={useJobs()}
      empty={<NoJobs />}
    >
      {(jobs) => <JobTable jobs={jobs} />}
    </ListPage>
  );
}

function NoJobs() {
  return (
    <Empty
      icon={<IconPlayerPlay />}
      title="No jobs yet"
      description="A fine-tune teaches a network your classes. Choose images and an architecture, then watch it learn here."
    >
      <Button component={Link} href="/jobs/new">
        Start a fine-tune
      </Button>
    </Empty>
  );
}

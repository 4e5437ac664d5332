import type { Metadata } from 'next';
import { JobPage } from '@/features/jobs/job-page';

export const metadata: Metadata = { title: 'Job' };

export default async function Page({ params }: PageProps<'/jobs/[id]'>) {
  return <JobPage id={(await params).id} />;
}

import type { Metadata } from 'next';
import { NewJobForm } from '@/features/jobs/new-job-form';

export const metadata: Metadata = { title: 'New fine-tune' };

const single = (value: string | string[] | undefined) =>
  typeof value === 'string' ? value : undefined;

export default async function NewJobPage({ searchParams }: PageProps<'/jobs/new'>) {
  const { dataset, model } = await searchParams;
  return <NewJobForm datasetId={single(dataset)} model={single(model)} />;
}

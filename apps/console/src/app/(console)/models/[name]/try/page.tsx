import type { Metadata } from 'next';
import { TryPage } from '@/features/models/try-page';
import { apiUrl } from '@/server/settings';

export const metadata: Metadata = { title: 'Try a model' };

export default async function Page({ params, searchParams }: PageProps<'/models/[name]/try'>) {
  const { name } = await params;
  const { version } = await searchParams;
  return (
    <TryPage name={name} version={version ? Number(version) : undefined} apiUrl={apiUrl().origin} />
  );
}
